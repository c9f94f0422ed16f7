"""What is given: the dose lines with their working, and every dose as a table."""

from collections import Counter
from html import escape

import streamlit as st

from posology import __version__
from posology.export.text import cited, facts, measures, ordered, preparation, rhythm, weight
from posology.model import Administration, Order, Plan, print_date
from views.months import show_months, show_timeline
from views.texts import plain

_TITLES = ("Date", "Time", "Dose", "Route", "Containers", "Ends", "Position")


def packs(one: Administration) -> str:
    """Say which containers a dose is made of."""
    return " + ".join(map(str, one.ready.packs)) if one.ready else ""


def echo(computed: Plan) -> str:
    """Say what was understood."""
    others = "".join(f" ({line})" for line in measures(computed))
    span = "nothing is planned"
    if computed.administrations:
        first, last = computed.administrations[0], computed.administrations[-1]
        span = f"first dose **{print_date(first.at)}**, last dose **{print_date(last.at)}**"
    return (
        f"Computed for **{plain(weight(computed))}**{plain(others)}; {span}; "
        f"{plain(computed.site.name)}, {computed.site.time_zone}."
    )


def show_plan(computed: Plan) -> None:
    """Show what was understood, and the doses of each order with their working."""
    st.subheader("Doses")
    st.write(echo(computed))
    orders = {order.id: order for order in computed.regimen.orders}
    for total in computed.totals:
        order = orders[total.order]
        given = [each for each in computed.administrations if each.order is order]
        show_doses(order, given)
        lines = [rhythm(order, computed), *ordered(total, computed)]
        st.html("".join(f'<p class="working">{escape(line.strip())}</p>' for line in lines))
        with st.expander(f"Working of {order.id}, preparation, rates"):
            steps = dict.fromkeys(each.dose.working for each in given)
            st.code("\n".join([*steps, *preparation(given)]), language=None, wrap_lines=True)


def show_doses(order: Order, given: list[Administration]) -> None:
    """Show each different dose once: what is given, of which containers, how it was computed."""
    counted = Counter(
        (str(one.amount), str(one.ready or ""), one.ready, one.dose.working,
         "" if one.as_planned else f"given; planned {one.planned}")
        for one in given
    )  # fmt: skip
    for (amount, made, ready, working, told), number in counted.items():
        times = f" ({number} of {len(given)} doses)" if number < len(given) else ""
        of = f"{made.partition(': ')[2]}, {ready.product}{times}" if ready else told
        prepared = f'<p class="working">Dispensed: {escape(ready.working)}</p>' if ready else ""
        st.html(
            f'<p class="dose">{escape(amount)} {escape(order.drug)}, {escape(order.route)}</p>'
            f'<p class="made">{escape(of)}</p>'
            f'<p class="working">Computed: {escape(working)}</p>{prepared}'
        )


def table(computed: Plan) -> str:
    """Write all administrations as a table that prints and can be read aloud."""
    rows = "".join(
        f"<tr><td>{print_date(one.at)}</td><td>{one.at:%H:%M}</td>"
        f'<td class="what">{escape(str(one.amount))} {escape(one.order.drug)}</td>'
        f"<td>{escape(one.order.route)}</td><td>{escape(packs(one))}</td>"
        f"<td>{escape(one.ends_at)}</td><td>{escape(str(one.position))}</td></tr>"
        for one in computed.administrations
    )
    head = "".join(f'<th scope="col">{title}</th>' for title in _TITLES)
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="All doses">'
        f'<table class="plan"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def show_tabs(computed: Plan) -> None:
    """Show the dates as a calendar, as bars, as a table; and the sources."""
    # Only the open one is drawn: the others would take half the time of each change.
    calendar, timeline, dates, sources = st.tabs(
        ["Calendar", "Timeline", "Table", "Sources"], key="views", on_change="rerun"
    )
    with calendar:
        if calendar.open:
            show_months(computed)
    with timeline:
        if timeline.open:
            show_timeline(computed)
    with dates:
        if dates.open:
            show_dates(computed)
    with sources:
        if sources.open:
            show_sources(computed)


def show_dates(computed: Plan) -> None:
    """Show every dose, what is to be done, what is supplied, and what is not given."""
    first, last = computed.administrations[0], computed.administrations[-1]
    st.caption(
        f"{len(computed.administrations)} doses from {print_date(first.at)} to "
        f"{print_date(last.at)}, {computed.site.time_zone}"
    )
    st.html(table(computed))
    for title, lines in (("To do", computed.items), ("Supplies", computed.supplies),
                         ("Not given", computed.absent)):  # fmt: skip
        if lines:
            listed = [f"- {plain(str(one))}" for one in lines]
            st.markdown("\n".join([f"**{title}**", "", *listed]))


def show_sources(computed: Plan) -> None:
    """Show warnings, each value with its quote, errata, and the citations."""
    listed = [f"- {plain(one)}" for one in facts(computed)]
    st.markdown("\n".join(["**Warnings and monitoring**", "", *listed]))
    for order in computed.regimen.orders:
        source = computed.regimen.sources[order.source]
        copy = {"copy": " Only a copy was seen.", "no": " Nothing of it was seen."}.get(
            source.seen or "", ""
        )
        for stage in order.stages:
            st.markdown(f"**{plain(order.id)}**: {stage.dose}\n> {plain(stage.quote)}")
        if order.erratum:
            printed, because = order.erratum.printed, order.erratum.because
            st.markdown(f"Erratum: printed {plain(printed)}; {plain(because)}.")
        if order.unclear:
            st.markdown(f"Unclear: {plain(order.unclear)}.")
        evidence = source.evidence or "not stated"
        st.caption(plain(f"{source.cite}; evidence: {evidence}.{copy}"))
    listed = [f"- {plain(one)}" for one in cited(computed)]
    st.markdown("\n".join(["**Sources named above**", "", *listed]))
    st.caption(
        f"{computed.course.regimen} version {computed.regimen.version} "
        f"({computed.regimen.status}), sha256 {computed.regimen_sha256[:12]}; "
        f"{computed.site.name}; Posology {__version__}"
    )
