"""How the cost of a plan grows with its length. Goal: 600 cycles at most 12 times 60 cycles."""

import gc
import statistics
import time

from posology import library
from posology.course.inputs import make
from posology.planning import plan

CYCLES = (6, 60, 600)


def course(cycles):
    return make(
        regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11", cycles=cycles,
        choices={"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"},
    )  # fmt: skip


def timed(cycles, shelf, site):
    gc.collect()
    before = time.perf_counter()
    plan(course(cycles), shelf, site)
    return time.perf_counter() - before


def main():
    shelf, site = library.load(), library.read_site()
    plan(course(6), shelf, site)
    seconds = {
        cycles: statistics.median(timed(cycles, shelf, site) for _ in range(7)) for cycles in CYCLES
    }
    for cycles, taken in seconds.items():
        print(f"{cycles:>4} cycles {taken * 1000:7.1f} ms")
    for short, long in ((6, 60), (60, 600)):
        print(f"{long} / {short} cycles {seconds[long] / seconds[short]:.1f} (goal 12)")


if __name__ == "__main__":
    main()
