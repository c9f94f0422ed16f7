"""Bytes to files: all of them whole, or none; nothing is overwritten unless asked."""

import errno
import os
import tempfile
from collections.abc import Container, Mapping
from pathlib import Path

from posology.errors import ExportError, PosologyError
from posology.text import shown

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
"""Some file systems, of memory sticks for one, have no hard links."""


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
    message = f"path: {shown(str(where))} is no path; give the name of a file or folder"
    raise PosologyError(message) from None


def flush(folder: Path) -> None:
    """Have the disk confirm what was put into a folder; Windows does so by itself."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write(contents: Mapping[Path, bytes], *, force: bool, never: Container[Path] = ()) -> None:
    """Write every file whole, or none of them; what was there before comes back.

    Those of ``never`` are not overwritten, even by ``force``.

    Raises ExportError that names the file: it exists and ``force`` is not set, it is no plain
    file, or its folder cannot be written.
    """
    _may_be_written(contents, force=force)
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
        for done in placed:
            _restore(done, before[done])
        message = f"{shown(str(path))} cannot be written: {error.strerror}; nothing was written"
        raise ExportError(message) from None
    finally:
        for temporary, _ in staged:
            Path(temporary).unlink(missing_ok=True)


def _may_be_written(contents: Mapping[Path, bytes], *, force: bool) -> None:
    for path in contents:
        if path.is_dir():
            raise ExportError(f"{shown(str(path))} is a folder")
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise ExportError(f"{shown(str(path))} is a link or a device; name a plain file")
        if path.exists() and path.read_bytes()[:40].lstrip(b"{\n ").startswith(b'"posology course'):
            raise ExportError(f"{shown(str(path))} is a course file; it is never overwritten")
        if path.exists() and not force:
            raise ExportError(f"{shown(str(path))} exists; choose another name or add --force")


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
