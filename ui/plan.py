"""Plan a course: it repeats every input as understood and shows the working of every number."""

import streamlit as st

import inputs
import views
from posology.checks import check
from posology.export.regimen import text as regimen_text
from posology.model import Plan
from views.shelf import shipped


def main() -> None:
    """Show the page from top to bottom."""
    st.title("Plan a course")
    st.caption("A pharmacist must check every result. It is a draft until it is released.")
    shelf, site = shipped()
    ids = list(shelf.regimens)
    asked = st.query_params.get("regimen")
    name = st.selectbox(
        "Regimen",
        ids,
        index=ids.index(asked) if asked in ids else None,
        format_func=lambda id_: "{0.name}, for {0.indication}".format(shelf.regimens[id_].regimen),
        placeholder="Type to search",
    )
    if name is None:
        st.info("Choose a regimen. The page then asks only for what this regimen needs.")
        return
    if name != asked:  # the address may be bookmarked; it never holds a patient's data
        st.query_params.from_dict({"regimen": name})
    entry = shelf.regimens[name]
    if entry.regimen.undosed:
        undosed = " and ".join(entry.regimen.undosed)
        st.warning(
            f"The source states no dose of {undosed}: this regimen can be read, but not computed.",
            icon=views.ICONS["review"],
        )
        st.code(
            regimen_text(entry, check(entry.regimen, shelf.drugs)), language=None, wrap_lines=True
        )
        return
    computed = inputs.ask_and_plan(name, shelf, site)
    if computed is not None:
        result(computed)


def result(computed: Plan) -> None:
    """Show doses with their working, findings, dates and sources."""
    if computed.stopped:
        views.show_findings(computed.findings)
        st.write("No dose is shown or exported while a finding says stop.")
        return
    views.show_plan(computed)
    views.show_findings(computed.findings)
    if st.button("Check and export", type="primary"):
        views.check_and_export(computed)
    views.show_tabs(computed)


main()
