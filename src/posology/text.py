"""How a person's own text stands in a message."""


def shown(text: str) -> str:
    """Quote a person's text for a message: short, on one line, nothing invisible."""
    safe = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:40])
    return f'"{safe}{"…" if len(text) > 40 else ""}"'  # noqa: PLR2004 - 40 characters make a line
