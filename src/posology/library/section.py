"""One section of a YAML file, written anew; every other line stays as a person has written it."""

from collections.abc import Mapping

import yaml

_INSIDE = (" ", "#", "-")


def with_section(content: bytes, key: str, values: Mapping[str, object]) -> bytes:
    """Give a file whose last section is ``key``, with these values; without it if there are none.

    The reader must check that the rest says what it said.
    """
    kept, inside = [], False
    for line in content.decode("utf-8").splitlines():
        if line.startswith(f"{key}:"):
            inside = True
        elif line and not line.startswith(_INSIDE):
            inside = False
        if not inside:
            kept.append(line)
    text = "\n".join(kept).rstrip("\n") + "\n"
    if values:
        text += yaml.safe_dump(
            {key: values}, allow_unicode=True, sort_keys=False, width=100, default_style=None
        )
    return text.encode()
