"""Goal 2: cold ``posology plan`` and ``posology --help``, against bare imports.

``plan`` against importing pint, icalendar, yaml and pydantic, and asking holidays for a day (goal 1.3; stretch: below 1);
``--help`` against an empty Python (goal 2.5). Run with the installed command beside Python.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

POSOLOGY = str(Path(sys.executable).with_name("posology"))
IMPORTS = (
    "import pint, icalendar, yaml; from pydantic import BaseModel; import holidays; "
    "'2027-01-01' in holidays.country_holidays('DE', subdiv='BE')"
)
PLAN = [
    POSOLOGY, "plan", "scleromyxedema-ivig", "--weight", "70 kg", "--start", "2027-01-11",
    "--cycles", "6", "--choose", "immunoglobulin.every=1 month",
    "--choose", "immunoglobulin.days=1-5", "--force", "--ics",
]  # fmt: skip


def timed(command):
    before = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - before


def main():
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "python": [sys.executable, "-c", "pass"],
            "imports": [sys.executable, "-c", IMPORTS],
            "help": [POSOLOGY, "--help"],
            "plan": PLAN[:-2],
            "plan + .ics": [*PLAN, f"{folder}/a.ics"],
        }
        times = {name: [] for name in commands}
        for _ in range(15):
            for name, command in commands.items():
                times[name].append(timed(command))
    middle = {name: statistics.median(values) for name, values in times.items()}
    for name, value in middle.items():
        print(f"{name:<12} {value * 1000:5.0f} ms")
    print(f"plan / imports        {middle['plan'] / middle['imports']:.2f} (goal 1.3)")
    print(f"plan + .ics / imports {middle['plan + .ics'] / middle['imports']:.2f} (goal 1.3)")
    print(f"help / python         {middle['help'] / middle['python']:.2f} (goal 2.5)")


if __name__ == "__main__":
    main()
