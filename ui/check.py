"""Check a dose in free text: each of the three nets judges it on its own."""

from typing import assert_never

import streamlit as st

import posology
import views
from posology.checks.question import Answer
from posology.errors import PosologyError
from posology.model import Finding
from views.shelf import shipped

_NETS = (
    ("plausible", "Is it in the range of this drug?",
     "The usual and absolute amounts of a dose, a day, a week, 28 days; the least time between."),
    ("quoted", "Do the sources say so?",
     "The doses and rhythms of this drug that the library's sources print, misprints included."),
    ("feasible", "Can it be made?", "Ampoules, vials and tablets on the market, and their volume."),
)  # fmt: skip


def main() -> None:
    """Show the page from top to bottom; it opens with octreotide 200 g as an example."""
    st.title("Check a dose")
    st.caption(
        "Each of three nets judges the dose on its own. None of them knows the kidneys, the blood "
        "counts, the age or the other medicines of the patient."
    )
    shelf, site = shipped()
    left, middle = st.columns(2)
    drugs = sorted(shelf.drugs)
    drug = left.selectbox("Drug", drugs, index=drugs.index("octreotide"))
    routes = list(shelf.drugs[drug].routes)
    route = middle.selectbox("Route", routes)
    text = st.text_input(
        "Dose, as it is written",
        "200 g subcutaneously every other day" if drug == "octreotide" else "",
        placeholder="200 mcg every other day",
        key=f"dose-{drug}",
    )
    left, middle = st.columns(2)
    weight = left.text_input("Weight (optional)", placeholder="70 kg", key="dose weight")
    height = middle.text_input("Height (optional)", placeholder="170 cm", key="dose height")
    if not text:
        st.info("Write the dose with its unit, and how often, as the paper does.")
        return
    try:
        answer = posology.ask(
            text, drug=drug, route=route, library=shelf, site=site,
            weight=weight or None, height=height or None,
        )  # fmt: skip
    except PosologyError as error:
        st.error(views.plain(str(error)), icon=views.ICONS["stop"])
        return
    show(answer)


def show(answer: Answer) -> None:
    """Show the verdict, and what each net has found."""
    st.subheader("Verdict")
    st.write(f"Understood as **{views.plain(answer.understood)}**.")
    match answer.worst:
        case "stop":
            st.error(
                "Stop: this dose cannot be meant, or must not be given.", icon=views.ICONS["stop"]
            )
        case "review":
            st.warning("Review: ask before it is given.", icon=views.ICONS["review"])
        case "note":
            st.info("Note: read what the nets say.", icon=views.ICONS["note"])
        case None if any(answer.not_judged.values()):
            st.info("No net has found anything in what it has judged; not all is: see below.",
                    icon=views.ICONS["note"])  # fmt: skip
        case None:
            st.success("No net has found anything. That does not prove that the dose is right.",
                       icon=":material/check:")  # fmt: skip
        case _:
            assert_never(answer.worst)
    for column, (name, question, about) in zip(st.columns(3), _NETS, strict=True):
        with column:
            net(question, about, getattr(answer, name), answer.not_judged[name])
    st.subheader("What the sources say")
    st.markdown("\n".join(f"- {views.plain(line)}" for line in answer.said) or "Nothing.")


def net(question: str, about: str, found: tuple[Finding, ...], not_judged: tuple[str, ...]) -> None:
    """Show one net: its question, its verdict, what it has not judged, and how it works."""
    st.markdown(f"**{question}**")
    for finding in found:
        views.show_finding(finding)
    if not_judged:
        listed = "".join(f"\n- {views.plain(each)}" for each in not_judged)
        rest = "" if found else "Nothing found in the rest. "
        st.info(f"{rest}Not judged:\n{listed}", icon=views.ICONS["note"])
    elif not found:
        st.success("Nothing speaks against it.", icon=":material/check:")
    st.caption(about)


main()
