"""Where the regimen and the drugs of a plan come from."""

from typing import NamedTuple


class Origin(NamedTuple):
    """Where the regimen and the drugs of a plan come from."""

    mark: str
    """What stands beside the regimen's id if it is not the library's; else empty."""
    own_drugs: tuple[str, ...]
    """The drugs whose files are not the shipped ones."""
    formulary_sha256: str
    """One hash for all drug files used; empty where a drug came from no file."""

    @property
    def formulary(self) -> str:
        """Say it to a person: ``sha256 1f0c…``, and the drugs of one's own."""
        sha256 = f"sha256 {self.formulary_sha256[:16]}" if self.formulary_sha256 else "of no file"
        own = f"; your own files: {', '.join(self.own_drugs)}" if self.own_drugs else ""
        return f"{sha256}{own}"
