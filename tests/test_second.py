"""The second implementation agrees with the first, over every weight by 0.1 kg."""

import ast
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

import second
from posology import plan
from posology.course import make
from posology.quantity import print_number


def test_the_second_implementation_imports_nothing_of_the_first():
    tree = ast.parse(Path(second.__file__).read_text("utf-8"))
    names = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert names == {"datetime", "fractions"}


@pytest.mark.parametrize("days", [4, 5])
@pytest.mark.parametrize("every", ["1 month", "4 weeks"])
def test_ivig_agrees_for_every_weight(library, site, every, days):
    for tenths in range(20, 3001):
        weight = print_number(Fraction(tenths, 10)).replace(",", "")
        start = date(2027, 1, 1) + timedelta(tenths)
        course = make(
            regimen="scleromyxedema-ivig",
            weight=f"{weight} kg",
            start=start.isoformat(),
            cycles=2,
            choices={"immunoglobulin.every": every, "immunoglobulin.days": f"1-{days}"},
        )
        computed = plan(course, library, site)
        lines, totals = second.ivig(weight, start, 2, every, days)
        assert [str(one) for one in computed.administrations] == lines
        assert [str(one) for one in computed.totals] == totals


def test_the_triple_combination_agrees_from_every_start(library, site):
    for number in range(0, 1500, 7):
        start = date(2027, 1, 1) + timedelta(number)
        course = make(
            regimen="scleromyxedema-dexamethasone-sirolimus-octreotide",
            weight="70 kg",
            start=start.isoformat(),
        )
        computed = plan(course, library, site)
        lines, totals = second.triple(start)
        assert [str(one) for one in computed.administrations] == lines
        assert [str(one) for one in computed.totals] == totals
