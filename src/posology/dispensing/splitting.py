"""Whole containers: the exact search for the best split of a total, on whole numbers alone.

Amounts and sizes are whole multiples of the sizes' largest common measure. Every answer is the
best of all possible splits.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from operator import add

_NEVER = 10**6
"""More containers than any dose takes."""
_IMPOSSIBLE = 10**30
"""More than any split costs."""


def near(total: Fraction, limit: Fraction, of: Fraction | None = None) -> list[int]:
    """List the whole totals within the limit, the nearest first; of two as near, the smaller.

    ``of``: what the limit is a share of, where that is not the total itself.
    """
    most = limit * (total if of is None else of)
    low, high = ceil(total - most), floor(total + most)
    return sorted(range(max(low, 1), high + 1), key=lambda whole: (abs(whole - total), whole))


@lru_cache(maxsize=4096)
def split(
    total: int, count: int, limits: tuple[int, int], sizes: tuple[int, ...], *, even_first: bool
) -> tuple[int, ...] | None:
    """Split a total over ``count`` doses within limits, each of whole containers.

    Prefer the fewest containers, then the most even doses (least sum of squares); with
    ``even_first`` the reverse. Ties: the smallest maximum. Larger doses come first. None if no
    split exists.
    """
    low, high = limits
    if not count * low <= total <= count * high:
        return None
    counts = fewest(high, sizes)
    most = count * high * high + 1
    costs = []
    for value in range(low, high + 1):
        number, square = counts[value], value * value
        weighed = square * (count * high + 1) + number if even_first else number * most + square
        costs.append(weighed if number < _NEVER else _IMPOSSIBLE)
    best = [costs]  # best[k - 1][s - k * low]: the least cost of k doses that add up to s
    width = high - low
    for _ in range(count - 1):
        before = best[-1]
        padded = [_IMPOSSIBLE] * width + before + [_IMPOSSIBLE] * width
        padded.reverse()
        length = len(before) + width
        best.append(
            [
                min(map(add, costs, padded[length - 1 - s : length + width - s]))
                for s in range(length)
            ]
        )
    return _chosen(total, count, limits, best)


def _chosen(
    total: int, left: int, limits: tuple[int, int], best: list[list[int]]
) -> tuple[int, ...] | None:
    """Read the split of least cost from the table, no dose larger than the one before."""
    low, top = limits
    if left == 0:
        return () if total == 0 else None
    wanted = best[left - 1][total - left * low]
    if wanted >= _IMPOSSIBLE:
        return None
    least = (left - 1) * low  # of all the others together
    for first in range(max(low, -(-total // left)), min(top, total - least) + 1):
        rest = total - first
        cost = best[0][first - low] + (best[left - 2][rest - least] if left > 1 else 0)
        if cost == wanted:
            others = _chosen(rest, left - 1, (low, first), best)
            if others is not None:
                return (first, *others)
    return None


@lru_cache(maxsize=1024)
def fewest(high: int, sizes: tuple[int, ...]) -> list[int]:
    """Find the least number of containers for every amount from 0 to ``high``."""
    counts = [0] + [_NEVER] * high
    for amount in range(1, high + 1):
        counts[amount] = 1 + min(
            (counts[amount - size] for size in sizes if size <= amount), default=_NEVER
        )
    return [min(count, _NEVER) for count in counts]


def containers(amount: int, sizes: Sequence[int]) -> list[int]:
    """Make an amount from the fewest containers, the larger first; the sizes must allow it."""
    counts = fewest(amount, tuple(sizes))
    picked = []
    while amount:
        fitting = (size for size in sizes if size <= amount)
        size = next(size for size in fitting if counts[amount - size] == counts[amount] - 1)
        picked.append(size)
        amount -= size
    return picked


def covering(amount: Fraction, sizes: Sequence[int]) -> list[int]:
    """Find the fewest containers that hold an amount; of equals, those with the least waste."""
    sums: dict[int, list[int]] = {0: []}
    while max(sums) < amount:
        sums = {held + size: [*picked, size] for held, picked in sums.items() for size in sizes}
    return sums[min(held for held in sums if held >= amount)]


def around(total: Fraction, count: int, sizes: Sequence[int]) -> list[int]:
    """Find the nearest totals below and above that at least ``count`` containers make."""
    most = [0]  # the most containers that make each amount, -1 where none do
    for amount in range(1, max(ceil(total), count * min(sizes)) + max(sizes) + 1):
        before = [most[amount - size] for size in sizes if size <= amount]
        most.append(max((number + 1 for number in before if number >= 0), default=-1))
    makeable = [amount for amount, number in enumerate(most) if number >= count]
    below = [amount for amount in makeable if amount < total][-1:]
    return below + [amount for amount in makeable if amount >= total][:1]
