"""The course file on disk: whole, old or new; and never over another's revision.

A file is written beside the old one, flushed to the disk, put in its place, and the folder is
flushed too; only then is it saved. One writer at a time holds the lock beside the file.
"""

import errno
import os
from pathlib import Path

from posology import record as records
from posology.disk import flush
from posology.errors import RecordError
from posology.model import Record
from posology.text import shown

_LONGEST_WAIT = 5
"""In seconds, for another writer."""


def load(path: Path) -> tuple[Record, bytes]:
    """Read a course file, and give the bytes that it was read from."""
    raw = read_bytes(path)
    try:
        return records.read(raw), raw
    except RecordError as error:
        raise RecordError(f"{shown(path.name)} {error}") from None


def read_bytes(path: Path) -> bytes:
    """Read a plain file, to one byte more than a course file may have."""
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise RecordError(f"{shown(path.name)} is no plain file; name the file itself")
        with path.open("rb") as stream:
            return stream.read(records.LARGEST_BYTES + 1)
    except OSError as error:
        raise RecordError(f"{shown(path.name)} cannot be read: {error.strerror}") from None


def save(path: Path, record: Record, before: bytes) -> None:
    """Put a record in the place of the file that held ``before``.

    Raises RecordError where the file holds something else by now, or cannot be written; then it
    is as it was. Where the disk does not confirm the last step, that is said.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - slow, and only a course file asks for it

    name = shown(path.name)
    try:
        after = records.exact_content(record)
    except RecordError as error:
        raise RecordError(f"{name} {error}") from None
    try:
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=_LONGEST_WAIT):
            if read_bytes(path) != before:
                message = (
                    f"{name} has been changed by another since it was read; nothing was saved. "
                    "Look at it again, then repeat the change"
                )
                raise RecordError(message)
            _write(path, after)
    except Timeout:
        raise RecordError(f"{name} is being written by another; try again") from None
    except OSError as error:
        message = f"{name} cannot be saved: {error.strerror}; it is as it was"
        raise RecordError(message) from None


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.unlink(missing_ok=True)  # what a crash has left
        mode = path.stat().st_mode & 0o777
        if not mode & 0o222:
            raise PermissionError(errno.EACCES, "the file is read-only")  # noqa: TRY301 - as the system's own
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(handle, left) :]
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(beside, path)  # noqa: PTH105 - each step of saving is named here
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    try:
        flush(path.parent)
    except OSError as error:
        message = (
            f"{shown(path.name)} was written, but the disk did not confirm it ({error.strerror}); "
            "look at it with posology course before you go on"
        )
        raise RecordError(message) from None
