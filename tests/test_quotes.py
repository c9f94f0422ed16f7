"""Quotes say one thing: what they say and the order does not is a stop that names the word."""

from pathlib import Path

import pytest
import yaml

from posology.checks.quoted import quoted
from posology.library import read_text

FILES = ("quotes.yaml", "quotes_of_labels.yaml")
QUOTES = [
    entry
    for text in (Path(__file__).with_name(name).read_text("utf-8") for name in FILES)
    for entry in yaml.load(text, yaml.BaseLoader)["quotes"]  # noqa: S506 - every value is text
]


def regimen(entry):
    """Make a regimen of the orders of an entry, with the drug that it names."""
    orders = entry["order"] if isinstance(entry["order"], list) else [entry["order"]]
    written = {
        "name": "a quote", "indication": "none", "version": "1", "status": "draft",
        "duration": "not stated", "sources": {"label": {"cite": "a label"}}, "orders": [],
    }  # fmt: skip
    for number, order in enumerate(orders, 1):
        own = {key: value for key, value in order.items() if value != "not stated"}
        written["orders"].append(
            {"drug": entry["drug"], "id": f"x{number}", "source": "label", "quote": entry["quote"],
             **own}
        )  # fmt: skip
    return read_text("a-quote", yaml.safe_dump(written, allow_unicode=True)).regimen


def stops(entry):
    made = regimen(entry)
    return [each.message for each in quoted(made, {}) if each.level == "stop"]


@pytest.mark.parametrize("entry", QUOTES, ids=lambda each: each["id"])
def test_a_quote_stops_and_names_the_word_or_is_accepted(entry):
    found = stops(entry)
    if entry["must"] == "accept":
        assert found == []
    else:
        assert any(name in message for name in entry["names"] for message in found), found
