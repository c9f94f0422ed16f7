"""The inputs of a plan: the patient, the choices, and what makes a plan safer where it is known.

Inputs start empty. Nothing is decided here: the library gets the texts as they were typed.
"""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import views
from posology import clock, plan
from posology.course.inputs import make_new
from posology.dosing.weight import needs
from posology.errors import CourseError, PosologyError
from posology.library import Library, SiteFile
from posology.model import RISKS, SEXES, Plan, Regimen, print_date
from posology.model.kinds import read_date

_INPUTS = {
    "weight": "Weight",
    "start": "First dose on",
    "cycles": "Cycles",
    "choices": "Left open by the source",
    "height": "Height",
    "age": "Age",
    "neutrophils": "Neutrophils",
    "platelets": "Platelets",
    "counted": "Blood counted on",
    "creatinine_clearance": "Creatinine clearance",
    "dialysis": "Dialysis",
    "regimen": "Regimen",
    "sex": "Sex",
    "weighed": "Weighed on",
    "last_weight": "Weight before",
    "birth_year": "Year of birth",
    "creatinine": "Creatinine",
    "sampled": "Blood taken on",
    "pregnancy_possible": "Pregnancy possible",
    "products": "Product",
    "risks": "Risks",
    "others": "Other medicines",
    "last": "Last given on",
    "site": "Site file",
    "reference": "Course reference",
    "without": "Leave out",
    "changes": "Changes",
}
_EXAMPLES = {
    "height": "172 cm",
    "age": "70 years",
    "neutrophils": "2000 /uL",
    "platelets": "150000 /uL",
    "counted": "2027-01-04",
    "creatinine_clearance": "80 mL/min",
    "weighed": "2027-01-04",
    "last_weight": "72 kg",
    "birth_year": "1956",
    "creatinine": "80 umol/L",
    "sampled": "2027-01-04",
}
# Measures that every regimen takes, whether or not its doses need them.
_OPTIONAL = (
    "weighed",
    "last_weight",
    "height",
    "age",
    "birth_year",
    "sex",
    "creatinine",
    "sampled",
    "creatinine_clearance",
    "neutrophils",
    "platelets",
    "counted",
    "pregnancy_possible",
)
_IN_A_ROW = 4
_MOST_BESIDE = 6
"""Options that stand beside one another; more are a list to choose from."""
_BUILD = "body mass index"
_ANSWERS = {"sex": SEXES, "dialysis": ("yes", "no"), "pregnancy_possible": ("yes", "no")}


def ask_and_plan(name: str, shelf: Library, site: SiteFile) -> Plan | None:
    """Ask for what the regimen needs; compute the plan once nothing is missing."""
    regimen = shelf.regimens[name].regimen
    # Every key holds the regimen. What was typed for one regimen must not appear in another: it
    # might be another patient's.
    left, middle, right = st.columns(3)
    weight = left.text_input("Weight", placeholder="70.5 kg", help="A number, a space, kg or lb",
                             key=f"{name}.weight")  # fmt: skip
    start = middle.text_input(
        "First dose on", placeholder="2027-01-11", help="Year-month-day, as in 2027-01-11",
        key=f"{name}.start",
    )  # fmt: skip
    with contextlib.suppress(ValueError):
        middle.caption(f"Understood as {print_date(read_date(start))}")
    cycles = asked_cycles(right, name, regimen) if regimen.asks_cycles else None
    if not regimen.asks_cycles:
        right.text_input("Duration, from the source", str(regimen.duration), disabled=True)
    needed = {*(name.replace(" ", "_") for name in regimen.needs), *needs(regimen, site.site)}
    measures = measured(sorted(needed), name)
    watched = looked_at(regimen, shelf) - needed
    st.caption("Looked at before a dose. Enter what is known; the plan names what is missing.")
    known = measured([field for field in _INPUTS if field in watched], name)
    choices = chosen(regimen)
    optional = known | also(regimen, shelf, needed | watched, name)
    open_inputs = [
        label for label, value in (("the weight", weight), ("the first day", start)) if not value
    ]
    open_inputs += [_INPUTS[name].lower() for name, text in measures.items() if not text]
    if regimen.asks_cycles and cycles is None:
        open_inputs.append("the number of cycles")
    open_inputs += [asked(field) for field in regimen.choices if field not in choices]
    if measures.get("creatinine_clearance") == "" and optional.get("creatinine"):
        measures.pop("creatinine_clearance")  # it follows from the creatinine
        open_inputs.remove(_INPUTS["creatinine_clearance"].lower())
    if open_inputs:
        st.info(f"Still to give: {', '.join(open_inputs)}.")
    if not weight or not start:
        return None
    texts: dict[str, Any] = {name: text for name, text in measures.items() if text}
    try:
        course = make_new(
            regimen=name,
            weight=weight,
            start=start,
            cycles=cycles,
            choices=choices,
            **{field: value for field, value in optional.items() if value},
            **texts,
        )
        today = clock.today(site.site.time_zone.info)
        return None if open_inputs else plan(course, shelf, site, on=today)
    except CourseError as error:
        for field, message in error.problems.items():
            st.error(f"{_INPUTS[field]}: {views.plain(message)}", icon=views.ICONS["stop"])
    except PosologyError as error:
        st.error(views.plain(str(error)), icon=views.ICONS["stop"])
    return None


def asked_cycles(place: DeltaGenerator, name: str, regimen: Regimen) -> int | None:
    """Ask for the number of cycles; a bookmarked address may hold it."""
    cycles: int | None = place.number_input(
        "Cycles",
        min_value=1,
        max_value=99,
        value=None,
        key=_begun("cycles", name, [str(number) for number in range(1, 100)], int),
        help=f"The source states: {regimen.duration}",
    )
    _keep("cycles", cycles)
    return cycles


def looked_at(regimen: Regimen, shelf: Library) -> set[str]:
    """Name the inputs that the drugs' gates judge, and those with which a weight is compared."""
    gates = [gate for order in regimen.orders for gate in shelf.drugs[order.drug].gates]
    fields = {gate.measure.replace(" ", "_") for gate in gates if gate.measure != _BUILD}
    counts = {"counted"} if fields & {"neutrophils", "platelets"} else set()
    return {*fields, *counts, "height", "last_weight"}


def measured(fields: list[str], of: str) -> dict[str, str]:
    """Ask for some measures, several in a row; gives their texts as they were typed."""
    texts = {}
    for number, field in enumerate(fields):
        if number % _IN_A_ROW == 0:
            columns = st.columns(min(_IN_A_ROW, len(fields)))
        texts[field] = ask(field, columns[number % _IN_A_ROW], of)
    return texts


def ask(field: str, place: DeltaGenerator, of: str) -> str:
    """Ask for a measure; the input starts empty."""
    key = f"{of}.{field}"
    if field in _ANSWERS:
        answers = _ANSWERS[field]
        return place.radio(_INPUTS[field], answers, index=None, horizontal=True, key=key) or ""
    return place.text_input(_INPUTS[field], placeholder=_EXAMPLES[field], key=key)


def also(regimen: Regimen, shelf: Library, needed: set[str], of: str) -> dict[str, Any]:
    """Offer what makes the plan safer where it is known: more measures, product, risks."""
    with st.expander("More about the patient, product, other medicines"):
        fields = [name for name in _OPTIONAL if name not in needed]
        columns = st.columns(3)
        texts: dict[str, Any] = {}
        for number, field in enumerate(fields):
            texts[field] = ask(field, columns[number % 3], of)
        drugs = list(dict.fromkeys(order.drug for order in regimen.orders))
        picked, last = {}, {}
        for drug in drugs:
            routes = {order.route for order in regimen.orders if order.drug == drug}
            offered = [
                name
                for route in routes & shelf.drugs[drug].routes.keys()
                for name in shelf.drugs[drug].routes[route].products
            ]
            if len(offered) > 1:
                picked[drug] = columns[0].selectbox(
                    f"Product of {drug}", offered, index=None, placeholder="as the site stocks",
                    key=f"{of}.product.{drug}",
                )  # fmt: skip
            if any(product.ladder for product in shelf.drugs[drug].products.values()):
                last[drug] = columns[1].text_input(
                    f"{drug.capitalize()} last given on",
                    placeholder="2026-12-14; empty: never before",
                    key=f"{of}.last.{drug}",
                )
        texts["products"] = {drug: name for drug, name in picked.items() if name}
        texts["last"] = {drug: day for drug, day in last.items() if day}
        texts["risks"] = columns[2].multiselect(
            "Risks", RISKS, placeholder="none besides the regimen's", key=f"{of}.risks"
        )
        others = st.text_input(
            "Other medicines, with commas between",
            placeholder="thalidomide, live-vaccine from 2027-03-01 to 2027-03-01",
            key=f"{of}.others",
        )
        texts["reference"] = st.text_input(
            "Course reference", placeholder="IG-0042; your own pseudonym, never a name",
            key=f"{of}.reference",
        )  # fmt: skip
        optional = [order.id for order in regimen.orders if order.optional]
        if optional:
            texts["without"] = st.multiselect("Leave out", optional, key=f"{of}.without")
        texts["others"] = [name.strip() for name in others.split(",") if name.strip()]
    return texts


def chosen(regimen: Regimen) -> dict[str, str]:
    """Ask for each choice that the source leaves open; none has a default."""
    picked = {}
    for field, options in regimen.choices.items():
        label = f"{asked(field)[0].upper()}{asked(field)[1:]}, left open by the source"
        key = _begun(field, regimen.name, options, str)
        value: str | None
        if regimen.between(field):
            value = st.text_input(f"{label}: from {options[0]} to {options[1]}", key=key) or None
        elif len(options) > _MOST_BESIDE:
            value = st.selectbox(label, options, index=None, key=key)
        else:
            value = st.radio(label, options, index=None, horizontal=True, key=key)
        _keep(field, value)
        if value is not None:
            picked[field] = value
    return picked


def _begun(name: str, of: str, accepted: Sequence[str], read: Callable[[str], object]) -> str:
    """Return the key of an input; at first set it from a bookmarked address of a protocol.

    What a person types later is never overwritten. The address holds nothing about the patient.
    """
    key, text = f"{of}.{name}", st.query_params.get(name, "")
    if key not in st.session_state and text in accepted:
        st.session_state[key] = read(text)
    return key


def _keep(name: str, value: object) -> None:
    """Put a choice into the address, so that a hospital can bookmark its protocol."""
    if value is not None and st.query_params.get(name) != str(value):
        st.query_params[name] = str(value)


def asked(field: str) -> str:
    """Name a choice in words."""
    order, _, what = field.partition(".")
    return {
        "every": f"how often {order} is given",
        "days": f"the days of {order} in its cycle",
        "dose": f"the dose of {order}",
        "over": f"how long an infusion of {order} takes",
        "duration": f"how long {order} goes on",
        "reading": f"how the dose of {order} is read",
        "market": f"whose label of {order} counts",
        "salt": f"the salt of {order} that is meant",
    }[what]
