"""Who uses the page, where people sign in: by OpenID Connect, with the hospital's accounts.

A name is taken from what the provider says, and typed nowhere.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from posology.errors import PosologyError
from posology.text import shown

KEYS = ("server_metadata_url", "client_id", "client_secret", "redirect_uri", "cookie_secret")
_CALLBACK = "/oauth2callback"
_LEAST_SECRET = 32
_MOST_LETTERS = 60
_HERE = {"localhost", "127.0.0.1", "::1"}


def read(path: Path) -> dict[str, str]:
    """Read how people sign in: a file (.toml) with the KEYS.

    Raises PosologyError for a file that others may read, an address that is not https, and a key
    that is missing or unknown.
    """
    name = shown(path.name)
    try:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise PosologyError(f"{name} holds secrets; let its owner alone read it: chmod 600")
        found = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise PosologyError(f"{name} cannot be read: {reason}") from None
    except tomllib.TOMLDecodeError as error:
        raise PosologyError(f"{name}: {error}") from None
    missing = [key for key in KEYS if not isinstance(found.get(key), str) or not found[key]]
    unknown = [key for key in found if key not in KEYS]
    if missing or unknown:
        said = [f"{key} is missing" for key in missing]
        said += [f"{shown(key)} is no key of it" for key in unknown]
        raise PosologyError(f"{name}: {'; '.join(said)}")
    for key in ("server_metadata_url", "redirect_uri"):
        parts = urlsplit(found[key])
        if parts.scheme != "https" and parts.hostname not in _HERE:
            raise PosologyError(f"{name}: {key} must begin with https://")
    if urlsplit(found["redirect_uri"]).path != _CALLBACK:
        raise PosologyError(f"{name}: redirect_uri must end with {_CALLBACK}")
    if len(found["cookie_secret"]) < _LEAST_SECRET:
        raise PosologyError(f"{name}: cookie_secret needs {_LEAST_SECRET} letters or more")
    return found


def name_of(claims: Mapping[str, Any]) -> str:
    """Give the name under which a person signs: their name and their account.

    Raises PosologyError where the provider does not say who they are.
    """
    account = claims.get("email") or claims.get("preferred_username") or claims.get("sub")
    if not isinstance(account, str) or not account or claims.get("email_verified") is False:
        message = "the provider does not say, or has not checked, which account this is"
        raise PosologyError(f"{message}; ask who looks after it")
    name = claims.get("name")
    both = f"{name} ({account})" if isinstance(name, str) and name.strip() else account
    return both if len(both) <= _MOST_LETTERS else account


def has_ended(claims: Mapping[str, Any], seconds: int) -> bool:
    """Tell whether the token has expired by now, in seconds since 1970; without a day it has."""
    expires = claims.get("exp")
    return not isinstance(expires, int) or seconds >= expires


def may_release(name: str, accounts: tuple[str, ...]) -> bool:
    """Tell whether a person may release: their account is in the list, or there is no list."""
    return not accounts or any(name == each or name.endswith(f"({each})") for each in accounts)
