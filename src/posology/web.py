"""Starts the page on this machine. How it is served stands in ui/.streamlit/config.toml."""

import os
import socket
import sys
from pathlib import Path

from posology.errors import PosologyError

_PACKAGE = Path(__file__).parent
_APP = next(
    path
    for path in (_PACKAGE / "ui" / "app.py", _PACKAGE.parents[1] / "ui" / "app.py")
    if path.is_file()
)
_ADDRESS = "127.0.0.1"
_FIRST_PORT = 8501


SITE_VARIABLE = "POSOLOGY_SITE"
"""The environment variable that tells the page which site file to read."""


def serve(port: int | None, site: str | None = None) -> None:
    """Serve the page until it is stopped; without a port, on the first free one from 8501.

    Raises PosologyError where the port is taken.
    """
    if port is not None and not _free(port):
        raise PosologyError(f"--port: {port} is taken by another program; give another number")
    chosen = port or next(one for one in range(_FIRST_PORT, 65536) if _free(one))
    # Streamlit takes the first argument as the place from which it looks for its configuration.
    sys.argv = [str(_APP)]
    if site is not None:
        os.environ[SITE_VARIABLE] = str(Path(site).absolute())
    import streamlit  # noqa: PLC0415 - slow, and only wanted where the port is free

    sys.stdout.write(f"Posology is at http://{_ADDRESS}:{chosen} (stop it with Ctrl+C)\n")
    sys.stdout.flush()
    streamlit.App(_APP).run(config={"server.port": chosen, "server.address": _ADDRESS})


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_ADDRESS, port))
        except OSError:
            return False
    return True
