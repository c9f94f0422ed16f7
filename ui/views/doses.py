"""The doses of a plan: each with its working, and all of them as a table."""

from collections import Counter
from html import escape

import streamlit as st

from posology import __version__
from posology.export.text import (
    cited,
    facts,
    given,
    measures,
    ordered,
    preparation,
    rhythm,
    weight,
    workings,
)
from posology.guards.reached import beside
from posology.model import Administration, Order, Plan, print_date
from posology.planning.policies import by_policy
from views.months import show_months, show_timeline
from views.texts import html_table, plain

_TITLES = ("Date", "Time", "Dose", "Route", "Containers", "Ends", "Position")


def packs(administration: Administration) -> str:
    """Write which containers a dose is made of, such as 20 g + 10 g."""
    return " + ".join(map(str, administration.ready.packs)) if administration.ready else ""


def echo(computed: Plan) -> str:
    """Repeat the inputs as they were understood, with the first and the last dose."""
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
    """Show the inputs as understood, and the doses of each order with their working."""
    st.subheader("Doses")
    st.write(echo(computed))
    orders = {order.id: order for order in computed.regimen.orders}
    for total in computed.totals:
        order = orders[total.order]
        administrations = [each for each in computed.administrations if each.order is order]
        show_doses(order, administrations)
        lines = [rhythm(order, computed), *ordered(total, computed)]
        st.html("".join(f'<p class="working">{escape(line.strip())}</p>' for line in lines))
        show_limits(order, computed)
        with st.expander(f"Working of {order.id}, preparation, rates"):
            lines = [*workings(administrations), *preparation(administrations)]
            st.code("\n".join(lines), language=None, wrap_lines=True)
    show_dosing_weights(computed)


def show_dosing_weights(computed: Plan) -> None:
    """Show what each policy of the site would give in a cycle, in grams, side by side."""
    rows = [
        (each.order, f"{each.policy}{' (the site)' if each.used else ''}", str(each.weight),
         str(each.amount), each.difference or "the same")
        for each in by_policy(computed)
    ]  # fmt: skip
    if rows:
        with st.expander("Whose weight: each policy of the site, in one cycle"):
            html_table(("Order", "Policy", "Weight", "Computed", "Against actual"), rows)


def show_limits(order: Order, computed: Plan) -> None:
    """Show how near the plan comes to each limit of the formulary."""
    rows = [
        (each.length, each.most, str(each.usual), str(each.absolute), each.source.source)
        for each in beside(order, computed)
    ]
    if rows:
        html_table(("Limit for", "Most in this plan", "Usual", "Absolute", "Source"), rows)


def show_doses(order: Order, administrations: list[Administration]) -> None:
    """Show each different dose once: its amount, its containers, how it was computed."""
    counted = Counter(
        (str(each.amount), str(each.ready or ""), each.ready,
         "as recorded" if each.recorded else each.dose.working, given(each).removeprefix("; "))
        for each in administrations
    )  # fmt: skip
    for (amount, made, ready, working, recorded), number in counted.items():
        times = (
            f" ({number} of {len(administrations)} doses)" if number < len(administrations) else ""
        )
        of = f"{made.partition(': ')[2]}, {ready.product}{times}" if ready else recorded
        worked = ready.working if ready else ""
        prepared = f'<p class="working">Dispensed: {escape(worked)}</p>' if worked else ""
        st.html(
            f'<p class="dose">{escape(amount)} {escape(order.drug)}, {escape(order.route)}</p>'
            f'<p class="made">{escape(of)}</p>'
            f'<p class="working">Computed: {escape(working)}</p>{prepared}'
        )


def table(computed: Plan) -> str:
    """Write all administrations as an HTML table that prints and that a screen reader reads."""
    rows = "".join(
        f"<tr><td>{print_date(each.at)}</td><td>{each.at:%H:%M}</td>"
        f'<td class="what">{escape(str(each.amount))} {escape(each.order.drug)}</td>'
        f"<td>{escape(each.order.route)}</td><td>{escape(packs(each))}</td>"
        f"<td>{escape(each.ends_at)}</td><td>{escape(str(each.position))}</td></tr>"
        for each in computed.administrations
    )
    head = "".join(f'<th scope="col">{title}</th>' for title in _TITLES)
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="All doses">'
        f'<table class="plan"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def show_tabs(computed: Plan) -> None:
    """Show the doses as a calendar, as bars and as a table; and show the sources."""
    # Only the open tab is drawn; the others would take half the time of each change.
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
    """Show every dose, what there is to do, what is supplied, and which doses are not given."""
    if computed.administrations:
        first, last = computed.administrations[0], computed.administrations[-1]
        st.caption(
            f"{len(computed.administrations)} doses from {print_date(first.at)} to "
            f"{print_date(last.at)}, {computed.site.time_zone}"
        )
        st.html(table(computed))
    else:
        st.caption("Nothing is planned on a day.")
    for title, lines in (("To do", computed.items), ("Supplies", computed.supplies),
                         ("As needed, in no calendar and in no total", computed.needed),
                         ("Not given", computed.absent)):  # fmt: skip
        if lines:
            listed = [f"- {plain(str(line))}" for line in lines]
            st.markdown("\n".join([f"**{title}**", "", *listed]))


def show_sources(computed: Plan) -> None:
    """Show warnings, each value with its quote, errata, and the citations."""
    listed = [f"- {plain(fact)}" for fact in facts(computed)]
    st.markdown("\n".join(["**Warnings and monitoring**", "", *listed]))
    for order in computed.regimen.orders:
        source = computed.regimen.sources[order.source]
        copy = {
            "copy": " We read a copy, not the original.",
            "no": " We have not read it.",
        }.get(source.seen or "", "")
        for stage in order.stages:
            st.markdown(f"**{plain(order.id)}**: {stage.dose}\n> {plain(stage.quote)}")
        if order.erratum:
            printed, because = order.erratum.printed, order.erratum.because
            st.markdown(f"Erratum: printed {plain(printed)}; {plain(because)}.")
        if order.unclear:
            st.markdown(f"Unclear: {plain(order.unclear)}.")
        evidence = source.evidence or "not stated"
        st.caption(plain(f"{source.cite}; evidence: {evidence}.{copy}"))
    listed = [f"- {plain(source)}" for source in cited(computed)]
    st.markdown("\n".join(["**Sources named above**", "", *listed]))
    about = (
        f"{computed.named} version {computed.regimen.version} "
        f"({computed.regimen.status}), sha256 {computed.regimen_sha256[:12]}; "
        f"formulary {computed.origin.formulary}; {computed.site.name}; Posology {__version__}"
    )
    st.caption(plain(about))
