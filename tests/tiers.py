"""Two tiers of tests: quick, and thorough.

A test marked ``thorough`` is left out of ``.ci/quick``; ``.ci/run`` runs it. Where a test has
many inputs, the quick tier tries a sample of them and the thorough one the rest, so that the
whole tries each input once.
"""

from typing import NamedTuple

import pytest


class Part(NamedTuple):
    """A part of a test's inputs: number 0 is the sample, 1 to ``of`` are the rest."""

    number: int
    of: int

    def __str__(self):
        return f"{self.number} of {self.of}" if self.number else "sample"

    def choose(self, inputs, every):
        """Choose this part: the first, every so manyth and the last input are the sample."""
        inputs = list(inputs)
        sample = {*range(0, len(inputs), every), len(inputs) - 1}
        if not self.number:
            return [inputs[place] for place in sorted(sample)]
        rest = [one for place, one in enumerate(inputs) if place not in sample]
        return rest[self.number - 1 :: self.of]


def in_parts(of):
    """Parametrize a test by ``part``: a quick sample, and the rest in this many thorough parts."""
    rest = [pytest.param(Part(number + 1, of), marks=pytest.mark.thorough) for number in range(of)]
    return pytest.mark.parametrize("part", [Part(0, of), *rest], ids=str)
