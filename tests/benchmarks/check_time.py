"""How long a warm check of the whole library takes. Goal: at most 1 s."""

import time

from posology.library import FOLDER
from posology.planning.inspection import inspect


def main():
    inspect([FOLDER])
    before = time.perf_counter()
    report = inspect([FOLDER])
    seconds = time.perf_counter() - before
    print(f"{report.regimens} regimens, {report.cases} cases: {seconds:.2f} s (goal 1)")


if __name__ == "__main__":
    main()
