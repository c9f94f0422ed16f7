"""The JSON Schema of each kind of file, with which an editor completes, explains and marks.

It is made of the nouns alone: their fields, the sentence below each, and how each kind of text is
written. It marks what is certainly wrong; ``posology check`` decides.
"""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core.core_schema import NullableSchema, WithDefaultSchema

from posology.library import tree
from posology.model.combination import Combinations
from posology.model.drug import Drug
from posology.model.kinds import DRUG_UNITS, WEEKDAYS, Noun
from posology.model.regimen import Regimen
from posology.model.site import Site

KINDS: Mapping[str, type[Noun]] = {
    "regimen": Regimen, "drug": Drug, "site": Site, "combinations": Combinations,
}  # fmt: skip
_NUMBER = r"(0|[1-9][0-9]*)(\.[0-9]+)?"
_COUNT = r"[1-9][0-9]{0,2}"
_AMOUNT = rf"{_NUMBER} [^\s0-9]\S*"
_DOSE = rf"(AUC {_NUMBER}|{_NUMBER} ({'|'.join(DRUG_UNITS)}|[µμu]g|\w+s|patches)(/(kg|m2))?)"
_STATED = rf"{_DOSE} (each|per day|per cycle)"
_PERIOD = r"(1 (day|week|month)|([2-9]|[1-9][0-9]{1,2}) (days|weeks|months))"
_WEEKDAY = f"({'|'.join(WEEKDAYS)})"
_DAY_OF_CYCLE = rf"{_COUNT}(-{_COUNT})?"
_DAYS = rf"({_WEEKDAY}(, {_WEEKDAY})*|{_DAY_OF_CYCLE}(, {_DAY_OF_CYCLE})*)"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_OVER = r"(1 (minute|hour)|([2-9]|[1-9][0-9]{1,2}) (minutes|hours))"
_NAME = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
_MOMENT = rf"(cycle|week|day) {_COUNT}"
_WRITTEN: Mapping[str, tuple[str, str]] = {
    "Clock": (rf"{_TIME}(, {_TIME})*", "08:00, 20:00"),
    "Condition": (r".* (<|<=|>|>=|is) .*", "age <= 75 years and platelets >= 100000 /uL"),
    "Count": (_COUNT, "2"),
    "Day": (r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", "2027-01-11"),
    "Days": (_DAYS, "1-4, 9-12"),
    "Dose": (
        rf"(not stated|{_STATED}( or {_STATED})*|{_NUMBER} to {_STATED})",
        "2 g/kg per cycle; 200 mcg each; 0.75 to 1 g/m2 each; AUC 5 each",
    ),
    "Every": (rf"({_PERIOD}|once|1 hour|(2|3|4|6|8|12) hours)", "1 day; 4 weeks; 8 hours; once"),
    "HeldRate": (rf"{_AMOUNT} for {_COUNT} minutes", "0.5 mg/kg/min for 30 minutes"),
    "Least": (rf"({_PERIOD}|[1-9][0-9]{{1,2}} hours)", "72 hours; 21 days"),
    "Moment": (_MOMENT, "cycle 5; week 9; day 15"),
    "Name": (_NAME, "name-2"),
    "Offset": (
        rf"(the same time|days? -?[0-9]{{1,2}}(, -?[0-9]{{1,2}})*|{_OVER} (before|after))",
        "30 minutes before; days -1, 0, 1",
    ),
    "Over": (_OVER, "3 hours"),
    "Percent": (r"[1-9][0-9]?(\.[0-9])? %", "5 %"),
    "Period": (_PERIOD, "4 weeks"),
    "Quantity": (_AMOUNT, "24 mg"),
    "Range": (rf"{_AMOUNT} to {_AMOUNT}", "50 mcg to 500 mcg"),
    "RateOfInfusion": (rf"{_NUMBER} \S+/(h|min)", "50 mg/h"),
    "Region": (r"[A-Z]{2}(-[A-Z0-9]{1,4})?", "DE-BE"),
    "Run": (
        rf"({_PERIOD}|{_COUNT} to {_COUNT} (days|weeks|months)|(at most )?{_COUNT} (cycle|dose)s?)",
        "6 months; 9 cycles; 6 doses; 14 to 21 days",
    ),
    "Start": (rf"({_MOMENT}|after {_NAME})", "day 22; week 4; after melphalan"),
    "StatedDose": (_STATED, "200 mcg each; 2 g/kg per cycle"),
    "Stock": (r"[A-Za-z][A-Za-z0-9-]*( \(.+\))?", "privigen (5 g, 10 g)"),
    "Verdict": (rf"{_AMOUNT} (pass|review|stop)", "501 mcg review"),
    "Weekdays": (
        rf"([1-6] weekdays?|{_DAYS}( or {_DAYS})*)",
        "1-5; 1-4, 9-12; Mon, Wed, Fri; 3 weekdays",
    ),
    "WorkingDays": (rf"{_WEEKDAY}(, {_WEEKDAY})*", "Mon, Tue, Wed, Thu, Fri"),
    "Year": (r"(19|20)[0-9]{2}", "1956"),
    "YesNo": (r"(yes|no)", "yes"),
    "Zone": (r"[A-Z][A-Za-z_]+(/[A-Z][A-Za-z_-]+){0,2}", "Europe/Berlin"),
}
"""How each kind of text is written, at least, with examples. The kind itself reads it strictly."""
_NUMBERS = {"Count", "Days", "Weekdays", "Year"}
"""Kinds that may be a bare number."""


class _Plain(GenerateJsonSchema):
    """Leaves out titles, defaults, and null, which no file may hold."""

    def default_schema(self, schema: WithDefaultSchema) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])

    def nullable_schema(self, schema: NullableSchema) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic asks for it
        return False


def schema(kind: str = "regimen") -> dict[str, Any]:
    """Give the JSON Schema of a kind of file: regimen, drug, site or combinations."""
    made = KINDS[kind].model_json_schema(by_alias=True, schema_generator=_Plain)
    said = _sentences()
    definitions = made.pop("$defs", {})
    explained = {
        noun.__name__: _explained(noun, definitions.get(noun.__name__, made), said)
        for noun in nouns_of(KINDS[kind])
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Posology {kind}",
        **explained.pop(KINDS[kind].__name__),
        "$defs": explained,
    }


def _sentences() -> Mapping[str, Mapping[str, str]]:
    _, where = tree.read_file(Path(__file__).with_name("sentences.yaml"))
    said: Mapping[str, Mapping[str, str]] = where.value
    return said


def nouns_of(noun: type[Noun]) -> list[type[Noun]]:
    """List a noun and all that its fields hold."""
    found, open_ = [noun], [noun]
    while open_:
        parts = (
            part for info in open_.pop().model_fields.values() for part in _parts(info.annotation)
        )
        new = [part for part in dict.fromkeys(parts) if part not in found]
        found += new
        open_ += new
    return found


def _parts(annotation: Any) -> Iterator[type[Noun]]:  # noqa: ANN401 - any annotation
    if isinstance(annotation, type) and issubclass(annotation, Noun):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _parts(inner)


def below_fields(noun: type[Noun]) -> dict[str, str]:
    """Give the sentence that stands below each field of a noun, where one does."""
    (made,) = ast.parse(inspect.getsource(noun)).body
    found = {}
    for field, below in pairwise(made.body if isinstance(made, ast.ClassDef) else ()):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(said))),
            ):
                found[name] = " ".join(said.replace("``", "").split())
    return found


def _explained(
    noun: type[Noun], part: dict[str, Any], said: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """Put the sentence of each field beside it, and how its text is written."""
    known = {**said["shared"], **said.get(noun.__name__, {})}
    keys = {
        info.alias or name: below_fields(noun).get(name) or known[info.alias or name]
        for name, info in noun.model_fields.items()
    }
    properties = {
        key: {"description": sentence, **_simple(part["properties"][key], sentence)}
        for key, sentence in keys.items()
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "description": (noun.__doc__ or "").partition("\n\n")[0].replace("``", ""),
        "properties": properties,
        "required": [] if "extends" in keys else part.get("required", []),
    }


def _simple(part: Any, sentence: str = "") -> Any:  # noqa: ANN401 - any part of a schema
    """Write each kind of text as its pattern, wherever it stands."""
    if isinstance(part, list):
        return [_simple(each) for each in part]
    if not isinstance(part, dict):
        return part
    if "written" in part:
        return _pattern(part, sentence)
    if part.get("type") == "string" and "enum" not in part:
        return {**part, "type": ["string", "number"]}  # a bare number is read as text, too
    return {key: _simple(each) for key, each in part.items()}


def _pattern(part: Mapping[str, Any], sentence: str) -> dict[str, Any]:
    """Say how a kind of text is written: its pattern, and an example behind its sentence."""
    pattern, example = _WRITTEN[part["written"]]
    example = part.get("example", example)
    if units := part.get("units"):
        pattern = rf"{_NUMBER} ({'|'.join(map(re.escape, units))})"
    if part.get("several"):
        pattern = rf"{pattern}( or {pattern})*"
    if words := part.get("words"):
        pattern, example = f"({'|'.join(words)}|{pattern})", f"{example}; {'; '.join(words)}"
    bare = ["integer"] if part["written"] in _NUMBERS else []
    return {
        "type": ["string", *bare] if bare else "string",
        "pattern": f"^{pattern}$",
        "description": f"{sentence} Write it as in: {example}".strip(),
        "patternErrorMessage": f"Write it as in: {example}",  # as editors for YAML show it
    }
