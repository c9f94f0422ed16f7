"""The days of a plan: a table for each month, and a timeline in bars and in words."""

from datetime import date
from html import escape

import streamlit as st

from posology import clock
from posology.export.months import Cell, Month, months, spans
from posology.model import Plan
from posology.model.kinds import WEEKDAYS
from views.texts import plain


def show_months(computed: Plan) -> None:
    """Show a table for each month, and explain its marks."""
    st.caption(
        "Shaded: not a working day of the site. Outlined: today. ▸ a cycle begins. Italic: to do."
    )
    today = clock.today(computed.site.time_zone.info)
    st.html("".join(_month(month, today) for month in months(computed)))


def _month(month: Month, today: date) -> str:
    head = "".join(f'<th scope="col">{day}</th>' for day in WEEKDAYS)
    weeks = "".join(
        "<tr>" + "".join(_cell(cell, today) for cell in week) + "</tr>" for week in month.weeks
    )
    return (
        f'<table class="month"><caption>{month.name}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{weeks}</tbody></table>"
    )


def _cell(cell: Cell, today: date) -> str:
    if cell.day is None:
        return '<td class="none"></td>'
    kinds = [
        *([] if cell.working else ["off"]),
        *(["today"] if cell.day == today else []),
        *([] if cell.doses or cell.to_do else ["empty"]),
    ]
    begins = ' <span class="begins" title="a cycle begins">▸</span>' if cell.begins else ""
    doses = "".join(
        f'<span class="given">{each.at:%H:%M} {escape(f"{each.amount} {each.order.drug}")}</span>'
        for each in cell.doses
    )
    to_do = "".join(f'<span class="todo">{escape(task)}</span>' for task in cell.to_do)
    day = f'<span class="day">{WEEKDAYS[cell.day.weekday()]} {cell.day.day}</span>'
    return f'<td class="{" ".join(kinds)}">{day}{begins}{doses}{to_do}</td>'


def show_timeline(computed: Plan) -> None:
    """Show each order as bars over time, and say the same in words."""
    bars = spans(computed)
    rows = [
        {"order": bar.order, "from": f"{bar.first}T00:00", "to": f"{bar.last}T23:59",
         "what": str(bar)}
        for bar in bars
    ]  # fmt: skip
    st.vega_lite_chart(
        {
            "data": {"values": rows},
            "mark": {"type": "bar", "height": 16, "cornerRadius": 2},
            "height": 60 * len({bar.order for bar in bars}) + 60,
            "encoding": {
                "x": {"field": "from", "type": "temporal", "title": None,
                      "axis": {"format": "%d-%b-%Y", "labelAngle": -40}},
                "x2": {"field": "to"},
                "y": {"field": "order", "type": "nominal", "title": None,
                      "axis": {"labelLimit": 200}},
                "color": {"field": "order", "type": "nominal", "legend": None},
                "tooltip": {"field": "what", "type": "nominal"},
            },
        },
        width="stretch",
        alt="Each order as bars over time; in words below",
    )  # fmt: skip
    with st.expander("In words"):
        st.markdown("\n".join(f"- {plain(str(bar))}" for bar in bars))
