"""The page: the same plan as the command line, live; decides nothing about doses or dates."""

import contextlib
import os
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import views
from posology import __version__, library, plan
from posology.checks import check
from posology.course import make
from posology.errors import CourseError, LibraryError, PosologyError
from posology.export.regimen import text as regimen_text
from posology.export.text import cited, facts, ordered, preparation, rhythm
from posology.library import Library, SiteFile
from posology.model import RISKS, SEXES, Plan, Regimen, print_date
from posology.model.kinds import read_date
from posology.policy import needs
from posology.web import SITE_VARIABLE

_INPUTS = {
    "weight": "Weight",
    "start": "First dose on",
    "cycles": "Cycles",
    "choices": "Left open by the source",
    "height": "Height",
    "age": "Age",
    "neutrophils": "Neutrophils",
    "platelets": "Platelets",
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
}
_EXAMPLES = {
    "height": "172 cm",
    "age": "70 years",
    "neutrophils": "2000 /uL",
    "platelets": "150000 /uL",
    "creatinine_clearance": "80 mL/min",
    "weighed": "2027-01-04",
    "last_weight": "72 kg",
    "birth_year": "1956",
    "creatinine": "80 umol/L",
    "sampled": "2027-01-04",
}
# What may be given besides what is needed.
_MORE = (
    "weighed",
    "last_weight",
    "height",
    "age",
    "birth_year",
    "sex",
    "creatinine",
    "sampled",
    "pregnancy_possible",
)
_ANSWERS = {"sex": SEXES, "dialysis": ("yes", "no"), "pregnancy_possible": ("yes", "no")}


@st.cache_resource
def shipped() -> tuple[Library, SiteFile]:
    """Read the library and the site once; neither holds anything about a patient."""
    site = os.environ.get(SITE_VARIABLE)
    return library.load(), library.read_site(Path(site)) if site else library.read_site()


def main() -> None:
    """Show the page from top to bottom."""
    st.set_page_config(page_title="Posology", page_icon="💊", layout="wide")
    st.html(views.STYLE)
    st.title("Plan a course")
    st.caption("For a pharmacist's independent review. Every result is a draft.")
    try:
        shelf, site = shipped()
    except LibraryError as error:
        st.error(f"The library cannot be read.\n\n{error}")
        return
    ids = list(shelf.regimens)
    asked = st.query_params.get("regimen")
    name = st.selectbox(
        "Regimen",
        ids,
        index=ids.index(asked) if asked in ids else None,
        format_func=lambda one: "{0.name}, for {0.indication}".format(shelf.regimens[one].regimen),
        placeholder="Type to search",
    )
    if name is None:
        st.info("Choose a regimen; the page then asks only for what it needs.")
        return
    st.query_params["regimen"] = name  # so that the address can be kept; never a patient's data
    if shelf.regimens[name].regimen.undosed:
        undosed = " and ".join(shelf.regimens[name].regimen.undosed)
        st.warning(
            f"The source gives no dose of {undosed}: this regimen can be read, not computed.",
            icon=views.ICONS["review"],
        )
        entry = shelf.regimens[name]
        st.code(
            regimen_text(entry, check(entry.regimen, shelf.drugs)), language=None, wrap_lines=True
        )
        return
    computed = inputs(name, shelf, site)
    if computed is not None:
        result(computed)


def inputs(name: str, shelf: Library, site: SiteFile) -> Plan | None:
    """Ask for what the regimen needs, and compute the plan once all is given."""
    regimen = shelf.regimens[name].regimen
    left, middle, right = st.columns(3)
    weight = left.text_input("Weight", placeholder="70.5 kg", help="A number, one space, kg or lb")
    start = middle.text_input(
        "First dose on", placeholder="2027-01-11", help="Year-month-day, as in 2027-01-11"
    )
    with contextlib.suppress(ValueError):
        middle.caption(f"Understood as {print_date(read_date(start))}")
    cycles = None
    asks = isinstance(regimen.duration, str) or regimen.duration.at_most
    if asks:
        cycles = right.number_input(
            "Cycles",
            min_value=1,
            max_value=99,
            value=None,
            help=f"The source states: {regimen.duration}",
        )
    else:
        right.text_input("Duration, from the source", str(regimen.duration), disabled=True)
    needed = {*(name.replace(" ", "_") for name in regimen.needs), *needs(regimen, site.site)}
    measures = measured(sorted(needed))
    choices = chosen(regimen)
    more = also(regimen, shelf, needed)
    open_inputs = [
        label for label, value in (("the weight", weight), ("the first day", start)) if not value
    ]
    open_inputs += [_INPUTS[name].lower() for name, text in measures.items() if not text]
    if asks and cycles is None:
        open_inputs.append("the number of cycles")
    open_inputs += [asked(field) for field in regimen.choices if field not in choices]
    if measures.get("creatinine_clearance") == "" and more.get("creatinine"):
        measures.pop("creatinine_clearance")  # it follows from the creatinine
        open_inputs.remove(_INPUTS["creatinine_clearance"].lower())
    if open_inputs:
        st.info(f"Still to give: {', '.join(open_inputs)}.")
    if not weight or not start:
        return None
    given: dict[str, Any] = {**more, **{name: text for name, text in measures.items() if text}}
    try:
        course = make(
            regimen=name,
            weight=weight,
            start=start,
            cycles=cycles,
            choices=choices,
            **given,
        )
        return None if open_inputs else plan(course, shelf, site)
    except CourseError as error:
        for field, message in error.problems.items():
            st.error(f"{_INPUTS[field]}: {views.plain(message)}", icon=views.ICONS["stop"])
    except PosologyError as error:
        st.error(views.plain(str(error)), icon=views.ICONS["stop"])
    return None


def measured(needed: list[str]) -> dict[str, str]:
    """Ask for what the doses depend on, and nothing else."""
    columns = st.columns(max(len(needed), 1))
    return {field: ask(field, column) for field, column in zip(needed, columns, strict=False)}


def ask(field: str, place: DeltaGenerator) -> str:
    """Ask for one measure; nothing is filled in beforehand."""
    if field in _ANSWERS:
        answers = _ANSWERS[field]
        return place.radio(_INPUTS[field], answers, index=None, horizontal=True) or ""
    return place.text_input(_INPUTS[field], placeholder=_EXAMPLES[field])


def also(regimen: Regimen, shelf: Library, needed: set[str]) -> dict[str, Any]:
    """Offer what makes the plan safer where it is known: more measures, product, risks."""
    with st.expander("More about the patient, product, other medicines"):
        fields = [name for name in _MORE if name not in needed]
        columns = st.columns(3)
        given: dict[str, Any] = {}
        for number, field in enumerate(fields):
            given[field] = ask(field, columns[number % 3])
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
                    f"Product of {drug}", offered, index=None, placeholder="as the site stocks"
                )
            if any(product.ladder for product in shelf.drugs[drug].products.values()):
                last[drug] = columns[1].text_input(
                    f"{drug.capitalize()} last given on",
                    placeholder="2026-12-14; empty: never before",
                )
        given["products"] = {drug: name for drug, name in picked.items() if name}
        given["last"] = {drug: day for drug, day in last.items() if day}
        given["risks"] = columns[2].multiselect(
            "Risks", RISKS, placeholder="none besides the regimen's"
        )
        others = st.text_input(
            "Other medicines, with commas between",
            placeholder="thalidomide, live-vaccine from 2027-03-01 to 2027-03-01",
        )
        given["others"] = [name.strip() for name in others.split(",") if name.strip()]
    return {name: value for name, value in given.items() if value}


def chosen(regimen: Regimen) -> dict[str, str]:
    """Ask for each thing that the source leaves open; nothing is chosen beforehand."""
    picked = {}
    for field, options in regimen.choices.items():
        value = st.radio(
            f"{asked(field)[0].upper()}{asked(field)[1:]}, left open by the source",
            options,
            index=None,
            horizontal=True,
            key=f"{regimen.name}.{field}",
        )
        if value is not None:
            picked[field] = value
    return picked


def asked(field: str) -> str:
    """Name a choice in words."""
    order, _, what = field.partition(".")
    return {"every": f"how often {order} is given", "days": f"the days of {order} in its cycle"}[
        what
    ]


def result(computed: Plan) -> None:
    """Show doses with their working, findings, dates and sources."""
    if computed.stopped:
        views.show_findings(computed.findings)
        st.write("Nothing is shown or exported while a finding says stop.")
        return
    first, last = computed.administrations[0], computed.administrations[-1]
    st.subheader("Doses")
    st.write(views.echo(computed))
    orders = {order.id: order for order in computed.regimen.orders}
    for total in computed.totals:
        order = orders[total.order]
        given = [each for each in computed.administrations if each.order is order]
        views.show_doses(order, given)
        lines = [rhythm(order, computed), *ordered(total, computed)]
        st.html("".join(f'<p class="working">{escape(line.strip())}</p>' for line in lines))
        with st.expander(f"Working of {order.id}, preparation, rates"):
            steps = dict.fromkeys(each.dose.working for each in given)
            st.code("\n".join([*steps, *preparation(given)]), language=None, wrap_lines=True)
    views.show_findings(computed.findings)
    if st.button("Check and export", type="primary"):
        views.check_and_export(computed)
    dates, sources = st.tabs(["Dates", "Sources"])
    dates.caption(
        f"{len(computed.administrations)} doses from {print_date(first.at)} to "
        f"{print_date(last.at)}, {computed.site.time_zone}"
    )
    dates.html(views.table(computed))
    if computed.items:
        dates.markdown("\n".join(["**To do**", "", *(f"- {one}" for one in computed.items)]))
    sources.markdown(
        "\n".join(
            [
                "**Warnings and monitoring**",
                "",
                *(f"- {views.plain(one)}" for one in facts(computed)),
            ]
        )
    )
    for order in computed.regimen.orders:
        source = computed.regimen.sources[order.source]
        copy = {"copy": " Only a copy was seen.", "no": " Nothing of it was seen."}.get(
            source.seen or "", ""
        )
        for stage in order.stages:
            sources.markdown(f"**{order.id}**: {stage.dose}\n> {views.plain(stage.quote)}")
        if order.erratum:
            printed, because = order.erratum.printed, order.erratum.because
            sources.markdown(f"Erratum: printed {printed}; {because}.")
        if order.unclear:
            sources.markdown(f"Unclear: {order.unclear}.")
        sources.caption(f"{source.cite}; evidence: {source.evidence or 'not stated'}.{copy}")
    sources.markdown(
        "\n".join(
            ["**Sources named above**", "", *(f"- {views.plain(one)}" for one in cited(computed))]
        )
    )
    st.caption(
        f"{computed.course.regimen} version {computed.regimen.version} "
        f"({computed.regimen.status}), "
        f"sha256 {computed.regimen_sha256[:12]}; {computed.site.name}; Posology {__version__}"
    )


main()
