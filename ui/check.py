"""Check a dose in free text: each of the three nets judges it on its own."""

from typing import assert_never

import streamlit as st

import views
from posology.checks.question import Answer, ask
from posology.errors import QuantityError
from posology.model import Finding
from shelf import shipped

_NETS = (
    ("plausible", "Is it in the range of this drug?",
     "The usual and the absolute range of a dose, a day, a week, from the formulary."),
    ("quoted", "Do the sources say so?",
     "The doses of this drug that the library's sources print, misprints included."),
    ("feasible", "Can it be made?", "Ampoules, vials and tablets on the market, and their volume."),
)  # fmt: skip


def main() -> None:
    """Show the page from top to bottom; it opens with octreotide 200 g as an example."""
    st.title("Check a dose")
    st.caption("Each of three nets judges the dose on its own. None of them knows the patient.")
    shelf, _ = shipped()
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
    if not text:
        st.info("Write the dose with its unit, and how often, as the paper does.")
        return
    try:
        answer = ask(text, drug, route, shelf)
    except QuantityError as error:
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
        case None:
            st.success("No net has found anything. That does not prove that the dose is right.",
                       icon=":material/check:")  # fmt: skip
        case _:
            assert_never(answer.worst)
    for column, (name, question, about) in zip(st.columns(3), _NETS, strict=True):
        with column:
            net(question, about, getattr(answer, name))
    st.subheader("What the sources say")
    st.markdown("\n".join(f"- {views.plain(line)}" for line in answer.said) or "Nothing.")


def net(question: str, about: str, found: tuple[Finding, ...]) -> None:
    """Show one net: its question, its verdict, and how it works."""
    st.markdown(f"**{question}**")
    if not found:
        st.success("Yes, or nothing speaks against it.", icon=":material/check:")
    for finding in found:
        views.show_finding(finding)
    st.caption(about)


main()
