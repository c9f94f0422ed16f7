"""Writes files: all of them whole, or none. Overwrites nothing unless asked."""

import errno
import os
import tempfile
from collections.abc import Container, Mapping
from pathlib import Path

from posology.errors import ExportError, PosologyError
from posology.text import shown

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
"""Errors of a file system without hard links, such as that of a memory stick."""


Where = str | os.PathLike[str]
"""A path, as a text or a Path."""


def path_of(where: Where) -> Path:
    """Give the path that a text or a Path names; raises PosologyError for anything else."""
    try:
        path = Path(where)
        if str(where) and "\0" not in str(where):
            path.exists()  # refuses a name that no file can have, such as one of 5,000 letters
            return path
    except (TypeError, OSError):
        pass
    message = f"path: {shown(str(where))} is not a path; write the name of a file or folder"
    raise PosologyError(message) from None


def flush(folder: Path) -> None:
    """Make the disk store the names in a folder; Windows does so by itself."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write(contents: Mapping[Path, bytes], *, force: bool, never: Container[Path] = ()) -> None:
    """Write every file whole, or none of them; on an error the old files are restored.

    The files in ``never`` are not overwritten, even with ``force``.

    Raises ExportError, which names the file, if it exists and ``force`` is not set, if it is not a
    plain file, or if its folder cannot be written.
    """
    _check_writable(contents, force=force)
    before = {path: path.read_bytes() if path.exists() else None for path in contents}
    staged: list[tuple[str, Path]] = []
    placed: list[Path] = []
    path = Path()
    try:
        for path, content in contents.items():
            staged.append((_stage(path, content), path))
        for temporary, path in staged:
            _place(temporary, path, force=force and path not in never)
            placed.append(path)
        for folder in {path.parent for path in contents}:
            flush(folder)
    except OSError as error:
        for written in placed:
            _restore(written, before[written])
        message = f"{shown(str(path))} cannot be written: {error.strerror}; nothing was written"
        raise ExportError(message) from None
    finally:
        for temporary, _ in staged:
            Path(temporary).unlink(missing_ok=True)


def _check_writable(contents: Mapping[Path, bytes], *, force: bool) -> None:
    for path in contents:
        try:
            problem = _problem(path, force=force)
        except OSError as error:  # such as a file of the system's own, or a name of 5,000 letters
            problem = f"cannot be used: {error.strerror}; name another file"
        if problem:
            raise ExportError(f"{shown(str(path))} {problem}")


def _problem(path: Path, *, force: bool) -> str:
    """Say why a file is not written; empty where it may be."""
    if path.is_dir():
        return "is a folder; name a file"
    if path.is_symlink() or (path.exists() and not path.is_file()):
        return "is a link or a device; name a plain file"
    if not path.exists():
        return ""
    with path.open("rb") as file:
        begins = file.read(40)
    if begins.lstrip(b"{\n ").startswith(b'"posology course'):
        return "is a course file; it is never overwritten"
    return "" if force else "exists; choose another name or add --force"


def _restore(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink()
    else:
        Path(_stage(path, content)).replace(path)


def _stage(path: Path, content: bytes) -> str:
    handle, temporary = tempfile.mkstemp(prefix=".posology-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
    except BaseException:
        Path(temporary).unlink()
        raise
    return temporary


def _place(temporary: str, path: Path, *, force: bool) -> None:
    if force:
        Path(temporary).replace(path)
        return
    try:
        os.link(temporary, path)  # unlike a rename, fails where another wrote the file meanwhile
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        Path(temporary).rename(path)
