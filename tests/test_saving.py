"""Saving a course file: the old or the new one whole, at every step at which it may fail."""

import errno
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from filelock import FileLock

import crash
from posology import record
from posology.errors import RecordError
from posology.record import saving
from test_record import begin

SCRIPT = str(Path(crash.__file__))


@pytest.fixture
def path(library, site, tmp_path):
    path = tmp_path / "c.json"
    path.write_bytes(record.content(begin(library, site)))
    return path


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_killed_at_each_step_the_old_or_the_new_file_is_whole(path):
    done = subprocess.run(
        [sys.executable, SCRIPT, str(path.parent)], capture_output=True, check=True
    )
    *lines, afterwards = done.stdout.decode().splitlines()
    points = [line.split() for line in lines]
    for when in ("before", "after"):
        died = [point for point in points if point[0] == when and point[3] == "died"]
        assert len(died) >= 15
    assert {point[2] for point in points} == {"old", "new"}
    assert [point[2] for point in points if point[3] == "saved"] == ["new", "new"]
    assert afterwards == "afterwards ['.c.json.lock', 'c.json']"


@pytest.mark.parametrize("step", ["open", "write", "fsync", "replace", "folder"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS])
def test_a_disk_that_fails_is_told_and_the_old_file_stays(path, monkeypatch, step, code):
    kept, raw = saving.load(path)
    more = crash.longer(kept, "x")
    count = Counter()

    def fails(name, real):
        def failing(*arguments, **named):
            count[name] += 1
            target = str(arguments[0])
            of_ours = name != "open" or target.endswith(".new")
            if step == "folder" and name == "fsync" and count["fsync"] == 2:
                raise OSError(code, os.strerror(code))
            if name == step and of_ours:
                if name == "write":
                    real(arguments[0], bytes(arguments[1][:100]))  # a part was written before
                raise OSError(code, os.strerror(code))
            return real(*arguments, **named)

        return failing

    with monkeypatch.context() as patched:
        for name in ("open", "write", "fsync", "replace"):
            patched.setattr(os, name, fails(name, getattr(os, name)))
        with pytest.raises(RecordError) as error:
            saving.save(path, more, raw)
    assert os.strerror(code) in str(error.value)
    if step == "folder":
        assert "the disk did not confirm it" in str(error.value)
        assert path.read_bytes() == record.content(more)
    else:
        assert "it is as it was" in str(error.value)
        assert path.read_bytes() == raw
    assert not path.with_name(".c.json.new").exists()


def test_a_full_disk_of_this_machine(path, tmp_path):
    """A real one, where the system lets us make it: a file system of 64 kB."""
    small = tmp_path / "small"
    small.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        kept, raw = saving.load(path)
        (small / "c.json").write_bytes(raw)
        (small / "filler").write_bytes(b"x" * 44_000)
        with pytest.raises(RecordError, match="No space left"):
            saving.save(small / "c.json", crash.longer(kept, "x" * 390), raw)
        assert (small / "c.json").read_bytes() == raw
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_the_loser_is_told_and_nothing_is_lost(path):
    kept, raw = saving.load(path)
    saving.save(path, crash.longer(kept, "first"), raw)
    with pytest.raises(RecordError, match="has been changed by another"):
        saving.save(path, crash.longer(kept, "second"), raw)
    now, _ = saving.load(path)
    assert now.revisions[-1].change.reason == "first"


@pytest.mark.parametrize("files", [1, pytest.param(11, marks=pytest.mark.thorough)])
def test_four_processes_lose_no_revision(path, files):
    """25 each in every file, against the three others: 1,200 in twelve files.

    In one file they would take six times as long: it is read and written whole each time, and
    its length adds nothing to the race.
    """
    number, raw = 25, path.read_bytes()
    path.unlink()
    raced = [path.with_name(f"{place:02}.json") for place in range(files)]
    for one in raced:
        one.write_bytes(raw)
    racing = [
        subprocess.Popen(
            [sys.executable, SCRIPT, str(path.parent), str(name), str(number)],
            stdout=subprocess.PIPE,
        )
        for name in range(4)
    ]
    lost = [int(one.communicate()[0]) for one in racing]
    assert [one.returncode for one in racing] == [0] * 4
    for one in raced:
        kept, _ = saving.load(one)
        reasons = [revision.change.reason for revision in kept.revisions[1:]]
        assert len(reasons) == len(set(reasons)) == 4 * number
    assert sum(lost) > 0, "they did not meet; then nothing is shown"


def test_a_file_keeps_who_may_read_it(path):
    path.chmod(0o600)
    kept, raw = saving.load(path)
    saving.save(path, crash.longer(kept, "x"), raw)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", ["missing", "folder", "link", "other"])
def test_what_cannot_be_read_is_told_by_name(path, tmp_path, kind):
    target = tmp_path / "x.json"
    if kind == "folder":
        target.mkdir()
    elif kind == "link":
        target.symlink_to(path)
    elif kind == "other":
        target.write_text("a: b\n")
    with pytest.raises(RecordError, match=r"x\.json"):
        saving.load(target)


def test_a_writer_that_hangs_is_told(path, monkeypatch):
    kept, raw = saving.load(path)
    monkeypatch.setattr(saving, "_LONGEST_WAIT", 0)
    with (
        FileLock(path.with_name(".c.json.lock")),
        pytest.raises(RecordError, match="is being written by another"),
    ):
        saving.save(path, crash.longer(kept, "x"), raw)
    assert path.read_bytes() == raw
