"""Starts the page. How it is served stands in ui/.streamlit/config.toml.

On this machine alone, unless a host is named; then only for the names that are allowed, behind
a proxy that signs people in. Every answer forbids what the page does not need.
"""

import os
import re
import socket
import sys
import threading
import urllib.request
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.error import URLError

from posology.errors import PosologyError
from posology.text import shown

_PACKAGE = Path(__file__).parent
_APP = next(
    path
    for path in (_PACKAGE / "ui" / "app.py", _PACKAGE.parents[1] / "ui" / "app.py")
    if path.is_file()
)
LOOPBACK = "127.0.0.1"
_FIRST_PORT = 8501
SITE_VARIABLE = "POSOLOGY_SITE"
"""The environment variable that tells the page which site file to read."""
SIGNIN_VARIABLE = "POSOLOGY_SIGNIN"
"""The environment variable that names the file which says how people sign in."""
REGISTER_VARIABLE = "POSOLOGY_REGISTER"
"""The environment variable that tells which register of courses is read."""
LIBRARY_VARIABLE = "POSOLOGY_LIBRARY"
"""The environment variable that tells the page which folder has regimens of the hospital."""
HEADERS = {
    # Streamlit writes its styles in place, and its charts are compiled in the browser.
    "content-security-policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
}
_CONFIG = {
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.fileWatcherType": "none",
    "server.maxUploadSize": 1,
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "logger.level": "critical",
    "runner.magicEnabled": False,
}
"""What no configuration file of a person changes, not that of the home folder either."""
_SERVED = threading.Event()
_SIGNIN = threading.Event()
_PROXY = (
    "This is not this machine alone. The proxy in front must sign people in, speak TLS, pass on "
    "WebSockets and the Host header, and keep patients' data out of its log.\n"
)


def serve(
    port: int | None,
    files: Mapping[str, str | None],
    *,
    host: str = LOOPBACK,
    allowed: Sequence[str] = (),
    browser: bool = True,
) -> None:
    """Serve the page until it is stopped; without a port, on the first free one from 8501.

    Where ``files`` names a file for SIGNIN_VARIABLE, people sign in as it says.

    ``files`` maps SITE_VARIABLE and LIBRARY_VARIABLE to what the page reads in place of the
    shipped ones, and REGISTER_VARIABLE to the register: a file, or the address of a database.

    Raises PosologyError where the port is taken, or a host is open without an allowed name.
    """
    _must_be_allowed(host, allowed)
    if port is not None and not _free(host, port):
        raise PosologyError(f"--port: {port} is taken by another program; give another number")
    chosen = port or next(number for number in range(_FIRST_PORT, 65536) if _free(host, number))
    # Streamlit takes the first argument as the place from which it looks for its configuration.
    sys.argv = [str(_APP)]
    for variable, path in files.items():
        if path is not None:
            os.environ[variable] = path if "://" in path else str(Path(path).absolute())
    signin = os.environ.get(SIGNIN_VARIABLE)
    secrets: dict[str, Any] = {"auth": _signin(signin)} if signin else {}
    # It also reads one in the current folder, which may be anybody's.
    os.chdir(_APP.parent)
    _SERVED.set()
    url = f"http://{LOOPBACK if _local(host) else allowed[0]}:{chosen}"
    if secrets:  # a session is known under the address alone to which the provider sends back
        url = secrets["auth"]["redirect_uri"].removesuffix("/oauth2callback")
    sys.stdout.write(f"Posology is at {url} (stop it with Ctrl+C)\n")
    if not _local(host):
        sys.stdout.write(_PROXY.replace("sign people in, ", "" if secrets else "sign people in, "))
    sys.stdout.flush()
    if browser and _local(host):
        threading.Thread(target=_open_when_ready, args=(url,), daemon=True).start()
    names = [LOOPBACK, "localhost", *allowed]
    # A page is computed in one go rather than a little of each: the first is there sooner, and
    # the last is not there later.
    sys.setswitchinterval(1 / 20)
    app = _app(secrets, names)
    app.run(config={"server.port": chosen, "server.address": host, **_CONFIG})


def _app(secrets: Mapping[str, Any], names: Sequence[str]) -> Any:  # noqa: ANN401 - of Streamlit, which is slow to import
    """Make the page with its routes and its headers, for these names of the host."""
    import streamlit  # noqa: PLC0415 - slow, and only wanted where the port is free
    from starlette.middleware import Middleware  # noqa: PLC0415 - as above
    from starlette.middleware.trustedhost import TrustedHostMiddleware  # noqa: PLC0415 - as above
    from starlette.routing import Route  # noqa: PLC0415 - as above

    from posology.feed import PATH  # noqa: PLC0415 - as above

    return streamlit.App(
        _APP,
        secrets=secrets,
        routes=[Route(PATH, _subscribed, methods=["GET", "HEAD"])],
        middleware=[
            Middleware(Guarded),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(names)),
        ],
        on_script_error=_on_error,
    )


def _subscribed(request: Any) -> Any:  # noqa: ANN401 - of Starlette, which is slow to import
    """Answer a calendar program that has subscribed."""
    from starlette.responses import Response  # noqa: PLC0415 - slow, and loaded by the server

    from posology.feed import answer  # noqa: PLC0415 - as above

    found = answer(
        os.environ[REGISTER_VARIABLE], os.environ.get(SITE_VARIABLE),
        request.path_params["name"], request.headers.get("if-none-match", ""),
    )  # fmt: skip
    return Response(found.content, found.status, dict(found.headers))


def _signin(path: str) -> dict[str, str]:
    """Read how people sign in; raises PosologyError where that cannot be done."""
    from importlib.util import find_spec  # noqa: PLC0415 - only where people sign in

    from posology.signin import read  # noqa: PLC0415 - as above

    if find_spec("authlib") is None:
        message = 'to sign people in needs the extra signin: pip install ".[signin]"'
        raise PosologyError(f"{message} in Posology's folder")
    found = read(Path(path))
    _SIGNIN.set()
    return found


def asks_who() -> bool:
    """Tell whether people sign in on the page that this process serves."""
    return _SIGNIN.is_set()


def is_served() -> bool:
    """Tell whether this process serves the page, with the headers."""
    return _SERVED.is_set()


class Guarded:
    """Adds the headers to every answer."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401 - any ASGI application
        """Keep the application that answers."""
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as above
        """Answer, with the headers."""

        async def guarded(message: Any) -> None:  # noqa: ANN401 - as above
            if message["type"] == "http.response.start":
                kept = [(name, value) for name, value in message["headers"]
                        if name.decode().lower() not in HEADERS]  # fmt: skip
                added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*kept, *added]}
            await send(message)

        await self.app(scope, receive, guarded)


def _on_error(error: Exception) -> bool:
    """Say that something went wrong, and nothing of the patient, on the page and in the log."""
    import streamlit as st  # noqa: PLC0415 - slow, and only wanted where the page runs

    kind = type(error).__name__
    sys.stderr.write(f"posology web: a fault of Posology itself ({kind})\n")
    st.error(f"A fault of Posology itself ({kind}). Nothing was kept or exported; reload the page.")
    return True


def _must_be_allowed(host: str, allowed: Sequence[str]) -> None:
    for name in allowed:
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", name):
            raise PosologyError(f"--allow-host: {shown(name)} is not the name of one host")
    if not _local(host) and not allowed:
        message = (
            f"--host: {shown(host)} is not this machine alone; name the host under which people "
            "reach it, as in --allow-host posology.hospital.example"
        )
        raise PosologyError(message)


def _local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _open_when_ready(url: str) -> None:
    """Open the browser once the page is healthy; where there is no screen, do nothing."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return
    import webbrowser  # noqa: PLC0415 - only where it is used

    wait = threading.Event()
    for _ in range(20):
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):  # noqa: S310 - our own address
                webbrowser.open(url)
                return
        except (URLError, OSError):
            wait.wait(1)


def _free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
