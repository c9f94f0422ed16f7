"""Regimens: shows each value beside its quote, runs the cases, checks a file line by line."""

import streamlit as st

import views
from posology.checks import check
from posology.errors import LibraryError
from posology.export.rules import rules
from posology.library import Entry, Library, SiteFile, read_text
from posology.library.versions import difference
from posology.model import StatedDose
from posology.planning.cases import failures_of
from views.shelf import shipped

_READ = {"copy": "; we read a copy, not the original", "no": "; we have not read it"}
"""What a source's ``seen`` means; nothing where we read the original."""


def main() -> None:
    """Show the page from top to bottom."""
    st.title("Regimens")
    shelf, site = shipped()
    library, pasted = st.tabs(["The library", "Check a file of your own"])
    with library:
        searched = st.text_input("Search", placeholder="drug, disease or name").casefold()
        found = [entry for entry in shelf.regimens.values() if searched in _words(entry)]
        if not found:
            st.info("No regimen has these words; try a drug's name.")
        for entry in found:
            with st.expander(views.plain(f"{entry.regimen.name}, {entry.regimen.indication}")):
                show(entry, shelf, site)
    with pasted:
        paste(shelf)


def _words(entry: Entry) -> str:
    drugs = " ".join(order.drug for order in entry.regimen.orders)
    return f"{entry.id} {entry.regimen.name} {entry.regimen.indication} {drugs}".casefold()


def show(entry: Entry, shelf: Library, site: SiteFile) -> None:
    """Show a regimen: status and evidence, each value beside its quote, findings, cases."""
    regimen = entry.regimen
    st.caption(
        f"{entry.id}, version {regimen.version}, {regimen.status}; duration {regimen.duration}; "
        f"sha256 {entry.sha256[:16]}"
    )
    if not regimen.undosed:
        st.markdown(f"[Plan this](./?regimen={entry.id})")
    rows = []
    for order in regimen.orders:
        stages = order.stages or (None,)
        for stage in stages:
            dose = stage.dose if stage else "not stated"
            quote = stage.quote if stage else order.quote
            rows.append((f"{order.id}, {order.route}", f"{dose}", quote, order.source))
    views.html_table(("Order", "Value", "Quote", "Source"), rows)
    listed = rules(regimen, shelf.drugs.values(), shelf.combinations)
    st.markdown(
        "\n".join(["**Rules of its drugs**", "", *(f"- {views.plain(one)}" for one in listed)])
    )
    for key, source in regimen.sources.items():
        copy = _READ.get(source.seen or "", "")
        evidence = source.evidence or "not stated"
        st.caption(views.plain(f"{key}: {source.cite}; evidence: {evidence}{copy}"))
    views.show_findings(tuple(check(regimen, shelf.drugs)))
    cases = regimen.worked
    if cases and st.button(f"Run its {len(cases)} cases", key=f"run-{entry.id}"):
        with st.status("Computing the worked cases", expanded=True) as status:
            wrong = 0
            for worked in cases:
                failed = any(failures_of(worked, entry, shelf, site))
                wrong += failed
                st.write(f"{'✗' if failed else '✓'} {views.plain(worked.case.name)}")
            status.update(
                label=f"{len(cases) - wrong} of {len(cases)} cases come out",
                state="error" if wrong else "complete",
            )


def paste(shelf: Library) -> None:
    """Check a pasted file line by line, and show how it differs from the library's."""
    text = st.text_area("The file", height=300, placeholder="name: …", key="pasted")
    name = st.text_input("Its id", placeholder="my-regimen")
    if not text or not name:
        st.info("Paste a regimen file (.yaml) and give its id, as the file would be named.")
        return
    try:
        entry = read_text(name, text)
    except LibraryError as error:
        st.error(f"Problems to correct: {len(error.problems)}", icon=views.ICONS["stop"])
        st.code("\n".join(map(str, error.problems)), language=None, wrap_lines=True)
        return
    found = tuple(check(entry.regimen, shelf.drugs))
    stops = sum(finding.level == "stop" for finding in found)
    (st.error if stops else st.success)(f"The file can be read. Findings that say stop: {stops}.")
    views.show_findings(found)
    doses = [f"{order.id}: {order.dose}" for order in entry.regimen.orders
             if isinstance(order.dose, StatedDose)]  # fmt: skip
    st.write("Doses as understood: " + views.plain("; ".join(doses) or "in tables"))
    if name in shelf.regimens:
        st.subheader("Against the library")
        differences = difference(shelf.regimens[name], entry)
        lines = [*differences.patient, *differences.review]
        st.markdown("\n".join(f"- {views.plain(line)}" for line in lines) or "No difference.")


main()
