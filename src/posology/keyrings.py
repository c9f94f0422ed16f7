"""Passwords that a person keeps in the keyring of their system, under the service posology."""


def kept_password(user: str) -> str | None:
    """Give the password of a user; None where there is none, or no keyring."""
    try:
        import keyring  # noqa: PLC0415 - an extra, only where it is used
        from keyring.errors import KeyringError  # noqa: PLC0415 - as above
    except ModuleNotFoundError:
        return None
    try:
        return keyring.get_password("posology", user)
    except KeyringError:
        return None
