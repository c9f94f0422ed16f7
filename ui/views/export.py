"""The dialog "Check and export": it shows the plan once more, and gives files of that plan.

Downloads exist only here: on a live page a download could still hold the dose before a change.
"""

from uuid import uuid4

import streamlit as st

from posology import clock, record
from posology.course.inputs import inputs_hash
from posology.errors import ExportError
from posology.export.calendar import Privacy, not_compact
from posology.export.kinds import EXPORTS, exports
from posology.export.text import made, ordered, release_status, workings
from posology.model import Finding, Plan, Record, print_date
from views.doses import echo, table
from views.shelf import shipped
from views.texts import WORDS, plain


@st.dialog("Check and export", width="large")
def check_and_export(computed: Plan, kept: Record | None = None) -> None:
    """Show the plan once more, and offer the files made of exactly this plan.

    Empties the place of the files first: a button left over from an earlier opening of the dialog
    would still hold the earlier plan.
    """
    shown, files = st.container(), st.empty()
    with shown:
        st.write(echo(computed))
        st.write(
            plain(
                f"{computed.regimen.name}{computed.origin.mark}, "
                f"version {computed.regimen.version}; "
                f"{release_status(computed)}."
            )
        )
        for total in computed.totals:
            administrations = [
                each for each in computed.administrations if each.order.id == total.order
            ]
            lines = [*workings(administrations), *made(administrations)]
            lines += ordered(total, computed)
            st.write("\n".join(f"- {plain(line.strip())}" for line in lines if line))
        # A tick is for this finding of this plan: the next plan must not inherit it.
        made_of = f"{computed.course_id}-{inputs_hash(computed.course)}"
        seen = [
            acknowledged(
                finding,
                f"seen-{made_of}-{number}-{hash(finding)}",
                released=bool(computed.released),
            )
            for number, finding in enumerate(computed.findings)
        ]
        with st.expander("Every dose"):
            st.html(table(computed))
        if computed.stopped:
            st.error("A finding says stop. Only cancellations can be exported.")
        if not computed.stopped and not all(seen):
            st.info(
                "Look at each finding that says review, and tick it. Then the files appear here."
            )
            return
        with st.expander("How the calendar is written"):
            privacy: Privacy = st.radio(
                "What it shows",
                ("standard", "full", "discreet"),
                captions=("no course reference", "with the course reference", "no drug, no dose"),
            )
            compact = kept is None and ask_compact(computed)
            reminders = st.checkbox("With reminders", value=True)
    if computed.stopped:
        with files.container():
            cancelled(computed, kept)
        return
    with files.container():
        downloads(computed, kept or new_record(computed, compact=compact), privacy, reminders)


def ask_compact(computed: Plan) -> bool:
    """Ask whether equal doses in a row are one entry, and say where they cannot be."""
    wanted = st.checkbox("Equal doses in a row as one repeated entry")
    why = not_compact(computed) if wanted else ""
    if why:
        st.warning(plain(why))
    return wanted and not why


def new_record(computed: Plan, *, compact: bool) -> Record:
    """Begin the course file of a plan under a random id; the session keeps this id."""
    begun: dict[object, Record] = st.session_state.setdefault("begun", {})
    key = (inputs_hash(computed.course), computed.regimen_sha256, compact)
    if key not in begun:
        shelf, site = shipped()
        at = clock.now()
        begun[key], _ = record.begin(
            computed.course, shelf, site, id_=uuid4(), at=at, compact=compact
        )
    return begun[key]


def acknowledged(finding: Finding, key: str, *, released: bool = False) -> bool:
    """Show a finding; return whether it is ticked, or needs no tick (only a review needs one)."""
    text = f"{WORDS[finding.level]}: {plain(finding.words)}"
    if finding.level == "review" and not released:
        return st.checkbox(f"{text}. I have looked at this.", key=key)
    st.caption(text)
    return True


def cancelled(computed: Plan, kept: Record | None) -> None:
    """Offer the cancellations alone; these may leave even where a finding says stop."""
    if kept is None or not any(mark.cancelled for mark in record.issued(kept).marks.values()):
        return
    export = EXPORTS["cancellations"]
    for name, content in exports(kept, computed, ["cancellations"], "standard").items():
        st.download_button(f"Download {export.words}, course {kept.id.hex[:8]}", content,
                           file_name=name, mime=export.mime, on_click="ignore")  # fmt: skip
    save(kept)


def save(kept: Record) -> None:
    """Offer the course file, so that it can be opened again."""
    made_of = record.content_sha256(kept)[:12]
    st.download_button(
        "Download course file (.json), to open it again",
        record.exact_content(kept),
        file_name=f"course-{kept.id.hex[:8]}.json",
        mime="application/json",
        key=f"course-{made_of}-{len(kept.releases)}",
        on_click="ignore",
    )


def downloads(computed: Plan, kept: Record, privacy: Privacy, reminders: bool) -> None:  # noqa: FBT001 - as the tick says
    """Offer the files of a plan; their names hold nothing about the patient."""
    shelf, site = shipped()
    computed = record.planned(kept, shelf, site)
    # The label names weight and first day, so that a button left over from another plan shows.
    first = print_date(computed.administrations[0].at) if computed.administrations else "nothing"
    weights = " and ".join(dict.fromkeys(str(each.weight) for each in computed.administrations))
    made_of = record.content_sha256(kept)[:12]
    for kind, export in EXPORTS.items():
        if not export.on_page:
            continue
        try:
            made = exports(kept, computed, [kind], privacy, reminders=reminders)
        except ExportError as error:
            st.error(f"No {export.words}: {plain(str(error))}")
            continue
        for number, (name, content) in enumerate(made.items()):
            text = name.endswith(".txt")
            what = export.words if not number else "what has changed (.txt)" if text else name
            st.download_button(
                f"Download {what} for {weights} from {first}",
                content,
                file_name=name,
                mime="text/plain" if text else export.mime,
                type="primary" if kind == "ics" and not number else "secondary",
                key=f"{name}-{made_of}-{privacy}-{reminders}",
                on_click="ignore",
            )
    save(kept)
    st.caption(
        f"Course content {made_of}. Outlook, Google and Thunderbird do not replace an earlier "
        "revision: delete the old calendar there first. Google and Outlook ignore reminders."
    )
