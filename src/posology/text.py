"""How a message quotes a text that a person typed."""


def shown(text: str) -> str:
    """Quote a typed text in a message: at most 40 characters, on one line, nothing invisible."""
    safe = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:40])
    return f'"{safe}{"…" if len(text) > 40 else ""}"'  # noqa: PLR2004 - 40 characters make a line
