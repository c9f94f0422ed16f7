"""A released course in a real CalDAV server: a revision replaces, and is read back."""

import gc
import http.server
import os
import re
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import pytest
from caldav.davclient import DAVClient
from icalendar import Calendar

from posology import record
from posology.errors import ExportError
from posology.export import answers
from posology.export import caldav as publishing
from posology.export.caldav import check_address, publish
from posology.model import Delay, Stop
from test_record import begin, revise, sign, why

USER, PASSWORD = "pharmacy", "not a secret"
ENTRIES = 8 + 6
"""Two cycles of four doses, and three tests for each."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Radicale, as it is installed, on a port of this machine; its first user owns a calendar."""
    folder = tmp_path_factory.mktemp("radicale")
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "config").write_text(
        f"[server]\nhosts = 127.0.0.1:{port}\n[auth]\ntype = htpasswd\nhtpasswd_filename = "
        f"{folder}/users\nhtpasswd_encryption = plain\ndelay = 0\n[storage]\nfilesystem_folder = {folder}/store\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "radicale", "--config", str(folder / "config")],
        stderr=subprocess.DEVNULL,
    )
    while running.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.1)
    yield f"http://127.0.0.1:{port}/{USER}/"
    running.terminate()
    running.wait()


@pytest.fixture
def collection(server, monkeypatch, request):
    """Make a calendar of its own for each test."""
    monkeypatch.setenv("POSOLOGY_CALDAV_USER", USER)
    monkeypatch.setenv("POSOLOGY_CALDAV_PASSWORD", PASSWORD)
    url = f"{server}{abs(hash(request.node.name))}/"
    with DAVClient(url=server, username=USER, password=PASSWORD, enable_rfc6764=False) as client:
        client.mkcalendar(url)
        yield url, client


def moment(day):
    """Give a moment in UTC; of something to do, its day."""
    return day.astimezone(UTC) if isinstance(day, datetime) else day


def listed(collection):
    url, client = collection
    events = [
        event
        for one in client.calendar(url=url).get_events()
        for event in Calendar.from_ical(one.data).walk("VEVENT")
    ]
    return {
        str(event["UID"]): (moment(event["DTSTART"].dt), str(event["STATUS"]), event)
        for event in events
    }


def doses(listed):
    return sorted(at for at, *_ in listed if isinstance(at, datetime))


def quiet(_):
    """Say nothing."""


def released(kept, library, site):
    signed = sign(kept, library, site)
    return record.planned(signed, library, site), signed


def test_a_revision_replaces_what_was_published(library, site, collection):
    url, _ = collection
    kept = begin(library, site)
    computed, signed = released(kept, library, site)
    assert publish(computed, url, progress=quiet) == (ENTRIES, 0)
    assert publish(computed, url, progress=quiet) == (0, ENTRIES)
    before = listed(collection)
    assert doses(before.values()) == [one.at.astimezone(UTC) for one in computed.administrations]
    assert sorted(at for at, *_ in before.values() if not isinstance(at, datetime)) == sorted(
        item.on for item in computed.items
    )
    after = revise(signed, Delay(**why(what="cycle 2", days=7)), library, site)
    after = revise(after, Stop(**why(what="from 2027-02-17")), library, site)
    computed, _ = released(after, library, site)
    publish(computed, url, progress=quiet)
    now = listed(collection)
    assert now.keys() == before.keys()
    active = doses(each for each in now.values() if each[1] == "CONFIRMED")
    assert active == [one.at.astimezone(UTC) for one in computed.administrations]
    gone = [event for _, status, event in now.values() if status == "CANCELLED"]
    assert len([event for event in gone if isinstance(event["DTSTART"].dt, datetime)]) == 2
    assert all(not event.walk("VALARM") for event in gone)


def test_an_older_revision_does_not_overwrite_a_newer_one(library, site, collection):
    url, _ = collection
    old, signed = released(begin(library, site), library, site)
    publish(old, url, progress=quiet)
    after = revise(signed, Delay(**why(what="cycle 2", days=7)), library, site)
    publish(released(after, library, site)[0], url, progress=quiet)
    before = {uid: at for uid, (at, _, _) in listed(collection).items()}
    with pytest.raises(ExportError, match="holds a later revision"):
        publish(old, url, progress=quiet)
    assert {uid: at for uid, (at, _, _) in listed(collection).items()} == before


def test_a_draft_is_not_published(library, site, collection):
    computed = record.planned(begin(library, site), library, site)
    with pytest.raises(ExportError, match="a draft is not published"):
        publish(computed, collection[0], progress=quiet)
    assert listed(collection) == {}


def test_a_wrong_password_is_told(library, site, collection, monkeypatch):
    monkeypatch.setenv("POSOLOGY_CALDAV_PASSWORD", "wrong")
    computed, _ = released(begin(library, site), library, site)
    with pytest.raises(ExportError, match="cannot be reached or refuses"):
        publish(computed, collection[0], progress=quiet)


def test_without_name_or_password_nothing_is_tried(library, site, collection, monkeypatch):
    computed, _ = released(begin(library, site), library, site)
    monkeypatch.delenv("POSOLOGY_CALDAV_PASSWORD")
    monkeypatch.setattr(publishing, "kept_password", lambda _: None)
    with pytest.raises(ExportError, match="no password: set POSOLOGY_CALDAV_PASSWORD"):
        publish(computed, collection[0], progress=quiet)
    monkeypatch.delenv("POSOLOGY_CALDAV_USER")
    with pytest.raises(ExportError, match="set POSOLOGY_CALDAV_USER"):
        publish(computed, collection[0], progress=quiet)


def test_a_server_that_is_not_there_is_told(library, site, monkeypatch):
    monkeypatch.setenv("POSOLOGY_CALDAV_USER", USER)
    monkeypatch.setenv("POSOLOGY_CALDAV_PASSWORD", PASSWORD)
    computed, _ = released(begin(library, site), library, site)
    with pytest.raises(ExportError, match="cannot be reached or refuses"):
        publish(computed, "http://127.0.0.1:9/c/", progress=quiet)


def test_nothing_follows_to_another_host(library, site, monkeypatch):
    """A server that sends us elsewhere: the patient's data stay."""
    asked = []

    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def answer(self):
            asked.append(self.path)
            where = f"http://localhost:{self.server.server_port}/elsewhere/"
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(307)
            self.send_header("Location", where)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_PUT = do_REPORT = do_PROPFIND = do_GET = do_OPTIONS = answer  # noqa: N815 - as the library calls them

        def log_message(self, *_):
            """Say nothing."""

    monkeypatch.setenv("POSOLOGY_CALDAV_USER", USER)
    monkeypatch.setenv("POSOLOGY_CALDAV_PASSWORD", PASSWORD)
    computed, _ = released(begin(library, site), library, site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        with pytest.raises(ExportError):
            publish(computed, f"http://127.0.0.1:{serving.server_port}/c/", progress=quiet)
        serving.shutdown()
    assert asked
    assert not any(path.startswith("/elsewhere") for path in asked)


@pytest.mark.parametrize(
    "url",
    ["http://example.org/c/", "ftp://example.org/", "example.org/c", "", "https://", "http://10.0.0.1/",
     "https://[", "https://h:abc/", "https://h:99999999/", "http://localhost.example.org/", "http://127.0.0.1.example.org/"],
)  # fmt: skip
def test_an_address_that_is_not_encrypted_is_refused(url):
    with pytest.raises(ExportError, match="not an address for patient data"):
        check_address(url)


def test_a_password_in_the_address_is_refused_and_not_repeated():
    with pytest.raises(ExportError) as error:
        check_address("https://me:secret@example.org/c/")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("url", ["https://example.org/c/", "http://127.0.0.1:5232/", "http://[::1]/", "http://localhost/"])  # fmt: skip
def test_an_address_that_is_encrypted_or_here_is_taken(url):
    assert check_address(url) == url


def test_the_command_publishes(library, site, collection, tmp_path):
    """As a person would, with the password from the environment."""
    start = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
    signed = sign(begin(library, site), library, site, at=start)
    (tmp_path / "c.json").write_bytes(record.content(signed))
    done = subprocess.run(
        [sys.executable, "-m", "posology", "publish", "c.json", "--to", collection[0]],
        cwd=tmp_path, capture_output=True, check=False, env={**os.environ},
    )  # fmt: skip
    assert done.stderr == b""
    assert done.stdout == b"Published: %d entries; 0 were there already\n" % ENTRIES


class Failing(http.server.BaseHTTPRequestHandler):
    """A calendar that keeps what it is put, and fails at one request in the way it is told."""

    def setup(self):
        super().setup()
        self.kept = self.server.kept

    def fails(self, body):
        self.server.count += 1
        if self.server.count != self.server.at:
            return False
        way = self.server.way
        if way.startswith("kept, then ") and self.command == "PUT":
            self.kept[self.path] = body
        way = way.removeprefix("kept, then ")
        if way == "closed":
            self.close_connection = True
            self.connection.close()
        elif way in ("huge", "packed", "drip"):
            self.send_without_end(way)
        elif way == "drops":
            time.sleep(1.5)
            self.close_connection = True
        else:
            status, text = {"empty": (207, b""), "broken": (207, b"<html>x")}.get(way, (0, b""))
            self.answer(status or int(way), text)
        return True

    def send_without_end(self, way):
        """Send 400 MB, plain or packed to 400 kB; or a byte now and then."""
        self.send_response(207)
        self.send_header("Content-Type", "application/xml; charset=utf-8")
        if way == "packed":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.close_connection = True
        packer = zlib.compressobj(wbits=31)
        with suppress(OSError):  # the client has had enough
            for _ in range(30 if way == "drip" else 400):
                text = b"x" if way == "drip" else b" " * 1_000_000
                self.wfile.write(packer.compress(text) if way == "packed" else text)
                self.server.sent += len(text)
                time.sleep(0.1 if way == "drip" else 0)
            self.wfile.write(packer.flush() if way == "packed" else b"")

    def answer(self, status, text=b""):
        self.send_response(status)
        self.send_header("Content-Type", "application/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if not self.fails(body):
            self.kept[self.path] = body
            self.answer(201)

    def do_REPORT(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.fails(""):
            listed_ = "".join(
                f"<d:response><d:href>{path}</d:href><d:propstat><d:prop><d:getetag>1</d:getetag>"
                f"<c:calendar-data>{escape(text)}</c:calendar-data></d:prop>"
                "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
                for path, text in self.kept.items()
            )
            names = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
            self.answer(207, f"<d:multistatus {names}>{listed_}</d:multistatus>".encode())

    def do_OTHER(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.fails(""):
            self.answer(404)

    do_PROPFIND = do_GET = do_OPTIONS = do_OTHER  # noqa: N815 - as the library calls them

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def failing(monkeypatch):
    monkeypatch.setenv("POSOLOGY_CALDAV_USER", USER)
    monkeypatch.setenv("POSOLOGY_CALDAV_PASSWORD", PASSWORD)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Failing) as serving:
        serving.handle_error = lambda *_: None
        serving.kept, serving.count, serving.at, serving.way, serving.sent = {}, 0, 0, "", 0
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield serving, f"http://127.0.0.1:{serving.server_port}/c/"
        serving.shutdown()


WAYS = ("500", "403", "empty", "broken", "closed", "kept, then 500", "kept, then broken", "drops")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("at", [1, 2, 4, 6, 9, 10])
def test_what_is_said_of_a_failure_is_what_the_server_holds(
    library, site, failing, at, way, monkeypatch
):
    """Request 1 reads, 2 to 9 put the eight doses, 10 reads back; then it is taken up again."""
    serving, url = failing
    computed, _ = released(begin(library, site), library, site)
    serving.at, serving.way = at, way
    if way == "drops":  # only where it must end: a busy machine may need longer
        monkeypatch.setattr(answers, "SECONDS", 1)
    try:
        publish(computed, url, progress=quiet)
    except ExportError as error:
        said = str(error)
        held = len(serving.kept)
        if at == 1:
            assert "nothing was put" in said
            assert held == 0
        else:
            there = re.search(r"Read back: (\d+) there", said)
            assert there, said
            assert int(there[1]) == held
            assert said.count("immunoglobulin.c") == ENTRIES
            assert "nothing is doubled" in said
    else:
        assert len(serving.kept) == ENTRIES
    serving.at = 0
    monkeypatch.setattr(answers, "SECONDS", 60)
    publish(computed, url, progress=quiet)
    assert len(serving.kept) == ENTRIES
    assert publish(computed, url, progress=quiet) == (0, ENTRIES)


@pytest.mark.parametrize("way", ["huge", "packed", "drip"])
@pytest.mark.parametrize("at", [1, 5, 10])
def test_an_answer_without_end_ends_within_limits(library, site, failing, at, way, monkeypatch):
    serving, url = failing
    monkeypatch.setattr(answers, "MOST_BYTES", 3_000_000)
    computed, _ = released(begin(library, site), library, site)
    serving.at, serving.way = at, way
    if way == "drip":
        monkeypatch.setattr(answers, "SECONDS", 1)
    tracemalloc.start()
    try:
        with pytest.raises(ExportError, match=r"above 3,000,000 bytes|no whole answer in 1 s"):
            publish(computed, url, progress=quiet)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 60_000_000
    serving.at = 0
    monkeypatch.setattr(answers, "SECONDS", 60)
    publish(computed, url, progress=quiet)
    assert len(serving.kept) == ENTRIES
    for thread in threading.enumerate():  # the one that was given up, too, closes its socket
        if thread.name.endswith("(run)"):
            thread.join(30)
    gc.collect()


@pytest.mark.parametrize("at", [2, 5, 9, 10])
def test_where_nothing_can_be_read_back_it_says_what_was_answered(
    library, site, failing, at, monkeypatch
):
    serving, url = failing
    computed, _ = released(begin(library, site), library, site)
    serving.at, serving.way = at, "500"
    reads = []
    real = publishing._there

    def once(collection):
        reads.append(1)
        if len(reads) > 1:
            raise OSError
        return real(collection)

    monkeypatch.setattr(publishing, "_there", once)
    with pytest.raises(ExportError, match="cannot be read back") as error:
        publish(computed, url, progress=quiet)
    assert f"{len(serving.kept)} taken by the server" in str(error.value)


FOREIGN = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\n{}\nEND:VEVENT\nEND:VCALENDAR\n"


@pytest.mark.parametrize(
    "event",
    ["SUMMARY:without UID", "UID:1\nDTSTART:broken", "UID:1\nSEQUENCE:abc",
     "UID:1\nSEQUENCE:" + "9" * 5000, "UID:1\nDTSTART:20270101T080000Z\nDTSTART:20270102T080000Z", "UID:1\nRRULE:FREQ=NEVER", "UID"],
)  # fmt: skip
def test_a_foreign_entry_that_is_broken_hinders_nothing(library, site, failing, event):
    serving, url = failing
    serving.kept["/c/foreign.ics"] = FOREIGN.format(event).replace("\n", "\r\n")
    computed, _ = released(begin(library, site), library, site)
    assert publish(computed, url, progress=quiet) == (ENTRIES, 0)
    assert publish(computed, url, progress=quiet) == (0, ENTRIES)


@pytest.mark.parametrize("url", ["http://localhost:9/c al", "http://localhost:9/c\r\nal", "http://localhost:9/c\tal"])  # fmt: skip
def test_an_address_with_a_blank_or_a_line_end_is_refused(url):
    with pytest.raises(ExportError, match="not an address"):
        check_address(url)


def test_an_entry_of_ours_with_an_absurd_sequence_is_a_later_one(library, site, failing):
    serving, url = failing
    computed, _ = released(begin(library, site), library, site)
    publish(computed, url, progress=quiet)
    path, text = next(iter(serving.kept.items()))
    serving.kept[path] = re.sub(r"SEQUENCE:\d+", "SEQUENCE:" + "9" * 5000, text)
    with pytest.raises(ExportError, match="holds a later revision"):
        publish(computed, url, progress=quiet)
