"""The formulary: a drug, the windows of its doses, its marketed products."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from posology.model.kinds import Amount, Count, Name, Noun, Range, Text, reads
from posology.model.regimen import Basis, Route, Source


class Window(Noun):
    """The usual and the absolute range of what is given per dose, day or week by one route."""

    per: Literal["dose", "day", "week"]
    usual: Annotated[Range, reads(Range)]
    absolute: Annotated[Range, reads(Range)]
    source: Name
    basis: Basis
    note: Text | None = None


class Product(Noun):
    """A marketed form: what one container holds, and in how much fluid."""

    name: Text
    form: Literal["vial", "ampoule", "tablet", "capsule", "solution"]
    contents: tuple[Amount, ...] = Field(min_length=1)
    concentration: Amount | None = None
    source: Name
    basis: Basis


class Giving(Noun):
    """A route by which a drug is given: its windows and, for an injection, its largest volume."""

    windows: tuple[Window, ...] = Field(min_length=1)
    products: tuple[Name, ...] = Field(min_length=1)
    largest_volume: Amount | None = None
    """Volume of one dose above which a pharmacist must look."""


class Code(Noun):
    """A code of the drug in a public list."""

    code: Text
    basis: Basis


class Drug(Noun):
    """A formulary entry."""

    name: Name
    form: Text
    version: Count
    atc: Code
    sources: Mapping[Name, Source] = Field(min_length=1)
    routes: Mapping[Route, Giving] = Field(min_length=1)
    products: Mapping[Name, Product] = Field(min_length=1)
