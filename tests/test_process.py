"""The command line as a real process: its start, streams, exit codes and encoding.

What a command says and refuses is tested in the test's own process, which is faster.
"""

import http.client
import os
import socket
import subprocess
import sys
import time

import pytest

from conftest import POSOLOGY, ROOT
from test_cli import GOOD, but

ENVIRONMENT = {"PATH": "", "PYTHONPATH": str(ROOT / "src")}


def test_a_process_says_what_main_says(run, process):
    assert process(*GOOD) == run(*GOOD)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("list",), 0),
        (but("--weight", "1.5 kg"), 1),
        (but("--weight", "70,5 kg"), 2),
        (("no-such-command",), 2),
    ],
)
def test_the_exit_code_reaches_who_started_it(process, arguments, code):
    done = process(*arguments)
    assert done.code == code
    assert (done.out == "") == bool(code)
    assert (done.err == "") == (not code)


@pytest.mark.thorough
def test_a_calendar_on_standard_output_is_the_file_byte_for_byte(process, tmp_path):
    assert process(*GOOD, "--ics", "a.ics").code == 0
    done = subprocess.run(
        [*POSOLOGY, *GOOD, "--ics", "-"], env=ENVIRONMENT, capture_output=True, check=True
    )
    assert done.stdout == (tmp_path / "a.ics").read_bytes()


@pytest.mark.parametrize(
    "encoding",
    ["ascii", *(pytest.param(each, marks=pytest.mark.thorough) for each in ("latin-1", "utf-16"))],
)
def test_it_writes_utf_8_whatever_the_terminal(process, encoding):
    done = process("list", LC_ALL="C", PYTHONIOENCODING=encoding)
    assert (done.code, done.err) == (0, "")
    refused = process(*but("--weight", "٧٠ kg"), LC_ALL="C", PYTHONIOENCODING=encoding)
    assert '"٧٠ kg"' in refused.err


def test_a_reader_that_has_gone_is_no_error():
    """As in ``posology show … | head -1``."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*POSOLOGY, "list"], env=ENVIRONMENT, stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.thorough
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_are_no_error(closed):
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", *POSOLOGY, "list"],
        env=ENVIRONMENT, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device here")  # noqa: PTH110 - a device
@pytest.mark.thorough
@pytest.mark.parametrize(
    ("words", "more"),
    [*(([word], {}) for word in ("list", "--help", "--version")), ([], {}), (["plan", "--help"], {}),
     *(([word], {"PYTHONUNBUFFERED": "1"}) for word in ("list", "--version"))],
)  # fmt: skip
def test_a_full_disk_behind_standard_output_is_told(words, more):
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [*POSOLOGY, *words], env=ENVIRONMENT | more, stdout=full, stderr=subprocess.PIPE,
            check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == b"posology: the output cannot be written: No space left on device\n"


def test_a_package_that_is_missing_is_named():
    gone = (sys.executable, "-c", POSOLOGY[2].replace("import datetime, sys;", (
        "import datetime, sys; sys.modules['tzdata'] = None;"
    )))  # fmt: skip
    done = subprocess.run([*gone, *GOOD], env=ENVIRONMENT, capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr == b"posology: the package tzdata is missing; install Posology again\n"


@pytest.mark.thorough
def test_a_configuration_in_the_current_folder_changes_nothing(tmp_path):
    """A page of another origin may open no connection, whatever such a file allows."""
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text(
        "[server]\nenableCORS = false\nenableXsrfProtection = false\n", "utf-8"
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [*POSOLOGY, "web", "--port", str(port), "--no-browser"], cwd=tmp_path, env=ENVIRONMENT,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    headers = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    answers = {}
    try:
        while server.poll() is None and len(answers) < 2:
            try:
                for origin in (f"http://127.0.0.1:{port}", "http://evil.example"):
                    connection = http.client.HTTPConnection("127.0.0.1", port)
                    connection.request(
                        "GET", "/_stcore/stream", headers={**headers, "Origin": origin}
                    )
                    answers[origin] = connection.getresponse().status
                    connection.close()
            except OSError:
                time.sleep(0.2)
    finally:
        server.terminate()
        server.wait()
    assert list(answers.values()) == [101, 403]
