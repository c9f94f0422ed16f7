"""One section of a YAML file, written anew; every other line stays as a person has written it."""

from collections.abc import Mapping

import yaml

_NO_KEY = (" ", "-", "#", "\r", "\n")
"""How a line begins that begins no section. A blank line or a comment stays, wherever it is."""


def with_section(content: bytes, key: str, values: Mapping[str, object]) -> bytes:
    """Give a file whose last section is ``key``, with these values; without it if there are none.

    The reader must check that the rest says what it said.
    """
    kept, inside = [], False
    for line in content.decode("utf-8").splitlines(keepends=True):
        if line.startswith(f"{key}:"):
            inside = True
        elif not line.startswith(_NO_KEY):
            inside = False
        if not inside or line.startswith(_NO_KEY[2:]):
            kept.append(line)
    text = "".join(kept)
    ends = "\r\n" if "\r\n" in text else "\n"
    if values:
        text = text if not text or text.endswith("\n") else text + ends
        section = yaml.safe_dump({key: values}, allow_unicode=True, sort_keys=False, width=100)
        text += section.replace("\n", ends)
    return text.encode()
