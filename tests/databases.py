"""A PostgreSQL server for a test, started as a user without rights, with a folder of its own."""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

FOUND = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


@contextmanager
def postgres():
    """Start a server that listens on a socket alone; give its address."""
    bins = FOUND[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="posology-pg-"))
    as_user = {"user": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    if as_user:
        shutil.chown(folder, "postgres", "postgres")

    def run(*words):
        subprocess.run(
            [str(word) for word in words], check=True, cwd="/", capture_output=True, **as_user
        )

    data = folder / "data"
    run(bins / "initdb", "-A", "trust", "-U", "posology", "--no-sync", "-E", "UTF8",
        "--locale=C.UTF-8", "-D", data)  # fmt: skip
    options = f"-k {folder} -c listen_addresses=''"
    run(bins / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
    try:
        yield Server(
            f"postgresql://posology@/postgres?host={folder}", bins, data, folder, run, options
        )
    finally:
        subprocess.run([str(bins / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"], cwd="/",
                       check=False, capture_output=True, **as_user)  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """A server that can be stopped and started again in the middle of a test."""

    def __init__(self, url, bins, data, folder, run, options):
        self.url, self.bins, self.data, self.folder = url, bins, data, folder
        self.run, self.options = run, options

    def stop(self, mode="immediate"):
        self.run(self.bins / "pg_ctl", "-D", self.data, "-m", mode, "stop")

    def start(self):
        self.run(self.bins / "pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o",
                 self.options, "start")  # fmt: skip
