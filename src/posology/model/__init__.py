"""The nouns, frozen; they compute nothing. GLOSSARY.md defines each of them."""

from posology.model.course import WEIGHT_UNITS, Course, Patient
from posology.model.drug import Drug, Giving, Product, Window
from posology.model.kinds import Days, Period, Range, Strength, print_date
from posology.model.plan import (
    LEVELS,
    Administration,
    Dose,
    Finding,
    Level,
    Plan,
    Slot,
    Total,
)
from posology.model.regimen import Case, Order, Regimen, Route, Source
from posology.model.site import Site

__all__ = [
    "LEVELS",
    "WEIGHT_UNITS",
    "Administration",
    "Case",
    "Course",
    "Days",
    "Dose",
    "Drug",
    "Finding",
    "Giving",
    "Level",
    "Order",
    "Patient",
    "Period",
    "Plan",
    "Product",
    "Range",
    "Regimen",
    "Route",
    "Site",
    "Slot",
    "Source",
    "Strength",
    "Total",
    "Window",
    "print_date",
]
