"""The page: the same plan as the command line, live; decides nothing about doses or dates."""

import os
from html import escape
from pathlib import Path

import streamlit as st

import inputs
import views
from posology import __version__, library
from posology.checks import check
from posology.errors import LibraryError
from posology.export.regimen import text as regimen_text
from posology.export.text import cited, facts, ordered, preparation, rhythm
from posology.library import Library, SiteFile
from posology.model import Plan, print_date
from posology.web import SITE_VARIABLE


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
    computed = inputs.ask_and_plan(name, shelf, site)
    if computed is not None:
        result(computed)


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
