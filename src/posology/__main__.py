"""``python -m posology`` is the command ``posology``."""

import sys

from posology.cli import script

sys.exit(script())
