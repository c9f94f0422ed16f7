"""What is asked of the disk itself."""

import os
from pathlib import Path


def flush(folder: Path) -> None:
    """Have the disk confirm what was put into a folder; Windows does so by itself."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
