"""What pages show: doses, findings, tables, and the dialog with the files.

A download stands only in the dialog "Check and export", where it is made of the one plan that
is shown there: on a live page it could still hold the dose before the last change.
"""

import re
from collections import Counter
from html import escape

import streamlit as st

from posology.course import inputs_hash
from posology.export.calendar import calendar
from posology.export.table import csv_bytes
from posology.export.text import measures, ordered, weight
from posology.model import Administration, Finding, Order, Plan, print_date

ICONS = {"stop": ":material/block:", "review": ":material/warning:", "note": ":material/info:"}
WORDS = {"stop": "Stop", "review": "Review", "note": "Note"}
STYLE = """<style>
.dose {font-size: 1.35rem; font-weight: 600; margin: .6rem 0 0}
.made {font-weight: 500; margin: 0}
.working {color: #3d5259; margin: 0 0 .2rem}
.scroll {max-height: 32rem; overflow: auto}
table.plan {border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums}
table.plan th {text-align: left; position: sticky; top: 0; background: #eef3f4}
table.plan th, table.plan td {padding: .3rem .8rem .3rem .4rem; border-bottom: 1px solid #d5dfe2}
table.plan td.what {font-weight: 600}
table.plan td:first-child {white-space: nowrap}
[data-testid="stMainBlockContainer"] {padding-top: 2.5rem}
/* Streamlit's own grey is too pale to read */
[data-testid="stCaptionContainer"] {opacity: 1}
[data-testid="stCaptionContainer"] p {color: #46565c; opacity: 1}
[role="spinbutton"] {display: inline-block; min-width: 24px; min-height: 24px; text-align: center}
</style>"""


_TITLES = ("Date", "Time", "Dose", "Route", "Containers", "Ends", "Position")


def packs(one: Administration) -> str:
    """Say which containers a dose is made of."""
    return " + ".join(map(str, one.prepared.packs)) if one.prepared else ""


def echo(computed: Plan) -> str:
    """Say what was understood."""
    others = "".join(f" ({line})" for line in measures(computed))
    return (
        f"Computed for **{plain(weight(computed))}**{plain(others)}; first dose "
        f"**{print_date(computed.administrations[0].at)}**, last dose "
        f"**{print_date(computed.administrations[-1].at)}**."
    )


def show_doses(order: Order, given: list[Administration]) -> None:
    """Show each different dose once: what is given, of which containers, how it was computed."""
    counted = Counter(
        (str(one.given), str(one.prepared or ""), one.prepared, one.dose.working) for one in given
    )
    for (amount, made, ready, working), number in counted.items():
        times = f" ({number} of {len(given)} doses)" if number < len(given) else ""
        of = f"{made.partition(': ')[2]}, {ready.product}{times}" if ready else ""
        prepared = f'<p class="working">Dispensed: {escape(ready.working)}</p>' if ready else ""
        st.html(
            f'<p class="dose">{escape(amount)} {escape(order.drug)}, {escape(order.route)}</p>'
            f'<p class="made">{escape(of)}</p>'
            f'<p class="working">Computed: {escape(working)}</p>{prepared}'
        )


def plain(text: str) -> str:
    """Keep text from being read as Markdown: a tilde must not strike out, a star not vanish."""
    return re.sub(r"([\\`*_$\[\]~<]|:(?=[a-z]))", r"\\\1", text)


def show_findings(findings: tuple[Finding, ...]) -> None:
    """Show each finding by word and icon, never by colour alone."""
    st.subheader("Findings")
    show = {"stop": st.error, "review": st.warning, "note": st.info}
    for one in findings:
        show[one.level](f"**{WORDS[one.level]}** — {plain(one.message)}", icon=ICONS[one.level])


def table(computed: Plan) -> str:
    """Write all administrations as a table that prints and can be read aloud."""
    rows = "".join(
        f"<tr><td>{print_date(one.at)}</td><td>{one.at:%H:%M}</td>"
        f'<td class="what">{escape(str(one.given))} {escape(one.order.drug)}</td>'
        f"<td>{escape(one.order.route)}</td><td>{escape(packs(one))}</td>"
        f"<td>{escape(one.ends_at)}</td><td>{escape(one.label)}</td></tr>"
        for one in computed.administrations
    )
    head = "".join(f'<th scope="col">{title}</th>' for title in _TITLES)
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="All doses">'
        f'<table class="plan"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


@st.dialog("Check and export", width="large")
def check_and_export(computed: Plan) -> None:
    """Show once more what was computed, and give the files made of exactly that.

    The place of the files is emptied before anything else is shown: a button left over from the
    dialog's last opening would still hold the plan of then.
    """
    shown, files = st.container(), st.empty()
    with shown:
        st.write(echo(computed))
        st.write(f"{computed.regimen.name}, version {computed.regimen.version}; DRAFT.")
        for total in computed.totals:
            given = [each for each in computed.administrations if each.order.id == total.order]
            ready = given[0].prepared
            lines = [
                given[0].dose.working,
                ready.working if ready else "",
                *ordered(total, computed),
            ]
            st.write("\n".join(f"- {plain(line.strip())}" for line in lines if line))
        # A tick is for one finding of one plan: it must not pass to what stands there next.
        made_of = inputs_hash(computed.course)
        seen = [
            acknowledged(one, f"seen-{made_of}-{number}")
            for number, one in enumerate(computed.findings)
        ]
        with st.expander("Every dose"):
            st.html(table(computed))
        if not all(seen):
            st.info("Look at each finding that says review, and tick it; then the files are here.")
            return
    with files.container():
        downloads(computed)


def acknowledged(finding: Finding, key: str) -> bool:
    """Show a finding; a review must be ticked."""
    text = f"{WORDS[finding.level]}: {plain(finding.message)}"
    if finding.level == "review":
        return st.checkbox(f"{text}. I have looked at this.", key=key)
    st.caption(text)
    return True


def downloads(computed: Plan) -> None:
    """Give the files of a plan; their names hold nothing about the patient."""
    # The label says what the file holds: a button left over from another plan shows it.
    first = print_date(computed.administrations[0].at)
    made_of = inputs_hash(computed.course)[:12]
    name = f"{computed.course.regimen}-{computed.course_id.hex[:8]}-r0-draft"
    files = {
        "calendar (.ics)": (calendar, "ics", "text/calendar"),
        "table (.csv)": (csv_bytes, "csv", "text/csv"),
    }
    for label, (make_file, ending, kind) in files.items():
        st.download_button(
            f"Download {label} for {computed.course.patient.weight} from {first}",
            make_file(computed),
            file_name=f"{name}.{ending}",
            mime=kind,
            type="primary" if ending == "ics" else "secondary",
            key=f"{ending}-{made_of}",
            on_click="ignore",
        )
    st.caption(
        f"Made of inputs {made_of}. Google and Outlook ignore reminders of imported calendars."
    )
