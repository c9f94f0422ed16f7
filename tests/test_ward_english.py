"""The ward's English: a table of texts with their meaning, and 100,000 random questions.

Of a random question every number stands in what was understood, or the text is refused.
"""

import random
import re
import time
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from posology import library as files
from posology.checks.question import ask
from posology.checks.reading import canonical, read
from posology.checks.schedule import ONCE, schedule
from posology.errors import QuantityError
from posology.model import Days, StatedDose
from tiers import in_parts

TABLE = yaml.safe_load((Path(__file__).parent / "ward_english.yaml").read_text("utf-8"))
MEANT = [row for row in TABLE if "refused" not in row]
REFUSED = [row for row in TABLE if "refused" in row]
LIBRARY = files.load()
SITE = files.read_site().site


def asked(row):
    return ask(row["text"], row["drug"], row["route"], LIBRARY, site=SITE)


def test_the_table_is_long_enough_and_names_no_text_twice():
    texts = [(row["text"], row["drug"]) for row in TABLE]
    assert len(set(texts)) == len(texts)
    assert len(MEANT) >= 150
    assert len(REFUSED) >= 50


@pytest.mark.parametrize("row", MEANT, ids=[row["text"] for row in MEANT])
def test_a_text_is_understood_as_it_is_meant(row):
    asked(row)  # is not refused
    said = schedule(read(row["text"]), row["text"], row["drug"], row["route"])
    order = said.order
    every = "once" if order.every == (ONCE,) else str(canonical(order.every[0]))
    meant = StatedDose.parse(f"{row['dose']} {row['basis']}")
    assert order.dose == meant
    assert (every if said.said else "not said") == row["every"]
    assert (order.times, order.days[0].numbers) == (row["times"], Days.parse(row["days"]).numbers)


@pytest.mark.parametrize("row", REFUSED, ids=[row["text"] for row in REFUSED])
def test_what_may_be_meant_otherwise_is_refused_with_what_to_write(row):
    with pytest.raises(QuantityError, match=re.escape(row["refused"])):
        asked(row)


NUMBERS = ("1", "2", "3", "4", "5", "7", "8", "10", "12", "14", "21", "24", "28", "42", "50", "100",
    "200", "999", "1000", "1,200", "0.5", "1.0", "0.25", ".5", "0,5", "1.200", "007", "0", "two",
    "\u0662", "\u00b2", "\u00bd", "1e3", "99999999999999")  # fmt: skip
UNITS = ("mcg", "mg", "g", "\u00b5g", "ug", "micrograms", "mg/kg", "mg/m2", "g/kg", "mg/m\u00b2", "units",
    "U", "mL", "IU", "mg/mL", "mg/kg/day", "tablets", "")  # fmt: skip
JOINS = (" ", " ", " ", " ", "", ", ", " - ", "-", " to ", " or ", " and ", "/", "~", " \u00b1 ", "'", "\u202f",
    " x ", " \u00d7 ", " <", ">", "\n", " (", ") ", "; ", ". ", " per ")  # fmt: skip
RHYTHMS = ("daily", "bd", "b.d.", "tds", "qds", "od", "OD", "on", "nocte", "stat", "weekly", "monthly",
    "every other day", "on alternate days", "every {} days", "every {} weeks", "q{}h", "q{}d", "q{}w",
    "{} times a day", "{}/day", "{} a day", "{} daily", "x{}", "x {} days", "for {} days", "over {} days",
    "in {} days", "days {}", "days {}-{}", "d{}-{}", "days {}, {}, {}", "days {} and {}", "every {} to {} days",
    "{}-{} days", "for {} weeks", "for {} cycles", "in {} doses", "divided", "per month", "once", "twice daily",
    "at most", "up to", "{} hourly", "{}-weekly", "of a {}-day cycle", "cycle {}", "from day {}", "SC", "every {}",
    "every month", "{} doses", "{} %", "over {} hours", "1-0-1", "prn", "mane and nocte", "of octreotide")  # fmt: skip


PLAIN = (
    "1",
    "2",
    "3",
    "4",
    "5",
    "7",
    "8",
    "12",
    "14",
    "21",
    "24",
    "28",
    "50",
    "100",
    "200",
    "1,200",
    "0.5",
)


def random_text(chance):
    """Put together what people type: half of the texts are tidy, the others joined in all ways."""
    tidy = chance.random() < 0.5
    numbers, joins = (PLAIN, (" ",)) if tidy else (NUMBERS, JOINS)
    parts = [f"{chance.choice(numbers)} {chance.choice(UNITS)}"] if tidy else []
    for _ in range(chance.randint(0 if tidy else 1, 3 if tidy else 5)):
        kind = chance.random()
        if kind < (0.05 if tidy else 0.4):
            parts.append(
                f"{chance.choice(numbers)}{chance.choice((' ', ''))}{chance.choice(UNITS)}"
            )
        elif kind < 0.9:
            rhythm = chance.choice(RHYTHMS)
            parts.append(re.sub(r"\{\}", lambda _: chance.choice(numbers), rhythm))
        else:
            parts.append(chance.choice(numbers))
    return "".join(part + chance.choice(joins) for part in parts)[
        : chance.choice((300, 300, 300, 20))
    ]


def numbers_of(text):
    """Give every number that was typed; the 2 of m2 is none."""
    text = re.sub(r"(?<=m)2(?!\d)|(?<=m)\u00b2", "", text)
    return {
        Fraction(found.replace(",", "")) for found in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text)
    }


def answered(text):
    try:
        return ask(text, "octreotide", "subcutaneous", LIBRARY, site=SITE)
    except QuantityError:
        return None


@in_parts(20)
def test_of_a_random_question_every_number_is_understood_or_it_is_refused(part):
    """100,000 in all; in each hundred, of what is answered no number is missing."""
    understood = 0
    for seed in part.choose(range(1000), 50):
        chance = random.Random(seed)  # noqa: S311 - for tests
        for _ in range(100):
            text = random_text(chance)
            begun = time.process_time()
            answer = answered(text)
            assert time.process_time() - begun < 1, text
            if answer is not None:
                understood += 1
                read_back = answer.understood.replace("every 28 days (assumed", "")
                assert numbers_of(text) <= numbers_of(read_back), (text, answer.understood)
    assert understood > 20  # else the test would prove nothing
