"""How a course is changed and released on the page: asked for, previewed, then kept."""

import hashlib
from argparse import Namespace
from datetime import UTC, datetime

import streamlit as st

import views
from posology import record
from posology.course.reading import TAKES, read_change
from posology.errors import CourseError, PosologyError
from posology.export.text import changed_so
from posology.library import Library, SiteFile
from posology.model import Plan, Record

_KINDS = {
    "measures": "New measures", "delay": "Delay", "move": "Move one dose", "reduce": "Reduce",
    "hold": "Hold", "resume": "Resume", "stop": "Stop", "extend": "More cycles",
    "given": "Record as given", "not-given": "Record as not given", "replan": "Plan anew",
    "undo": "Take the last change back",
}  # fmt: skip
_FIELDS = {
    "weight": ("New weight", "75 kg"), "weighed": ("Weighed on", "2027-03-01"),
    "days": ("By how many days", "7"), "to": ("To", "2027-02-10, or 1 mg/m2 each"),
    "at": ("At", "08:00"), "cycles": ("How many more", "2"),
    "amount": ("Amount, if not all", "12 g"),
    "day": ("Day, if another", "2027-02-10"), "until": ("All planned to this day", "2027-02-01"),
    "dose": ("One dose, its id", "immunoglobulin.c2.d1.t1"), "cycle": ("One cycle", "3"),
    "from_cycle": ("This cycle and all later", "3"),
    "from": ("This day and all later", "2027-03-01"),
    "of": ("Only this order", "its id, where there are several"),
    "missed": ("What was missed", "left-out or postponed"),
    "set": ("Other measure", "creatinine=90 umol/L"),
}  # fmt: skip


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def ask(kept: Record, computed: Plan, shelf: Library, site: SiteFile) -> Record | None:
    """Ask for a change, show what it would do, and give the changed course once it is kept."""
    kind = st.selectbox("Change", list(_KINDS), index=None, format_func=lambda one: _KINDS[one],
                        placeholder="What is different?")  # fmt: skip
    if kind is None:
        st.info("Choose a change; it is shown before it is kept.")
        return None
    last = len(kept.revisions) - 1
    own = f"{kept.id.hex}-{last}"
    columns = st.columns(3)
    given = {}
    for number, name in enumerate(TAKES[kind]):
        label, example = _FIELDS[name]
        given[name] = columns[number % 3].text_input(
            label, placeholder=example, key=f"{kind}-{name}-{own}"
        )
    reason = st.text_input(
        "Reason", key=f"{kind}-reason-{own}", help="Nothing that names the patient"
    )
    left, middle, right = st.columns(3)
    on = middle.text_input(
        "Decided on, if not today", placeholder="2026-11-20", key=f"{kind}-on-{own}"
    )
    by = left.text_input("By", key=f"{kind}-by-{own}", help="A pharmacist's name or initials")
    second = right.text_input("Second name, for an exception", key=f"{kind}-second-{own}")
    if not reason:
        st.info("Still to give: the reason.")
        return None
    at = _now()
    today = at.astimezone(site.site.time_zone.info).date().isoformat()
    options = Namespace(
        change=kind, reason=reason, by=by or None, checked_by=second or None, on=on or None,
        **{name: None for name in _FIELDS if name not in {"dose", "set"}} | {"dose": [], "set": []},
    )  # fmt: skip
    for name, text in given.items():
        if text:
            setattr(
                options, name, text.split() if name == "dose" else [text] if name == "set" else text
            )
    try:
        change = read_change(options, computed, today)
        revised, new = record.revise(kept, change, shelf, site, at)
    except CourseError as error:
        st.error(views.plain("; ".join(error.problems.values())), icon=views.ICONS["stop"])
        return None
    except PosologyError as error:
        st.error(views.plain(str(error).replace("--", "")), icon=views.ICONS["stop"])
        return None
    st.markdown(f"**Revision {views.plain(changed_so(last + 1, change))}**")
    lines = record.differences(revised, last, last + 1) or ["no dose changes"]
    st.code("\n".join(lines), language=None, wrap_lines=True)
    views.show_findings(tuple(one for one in new.findings if one not in computed.findings))
    # The button belongs to this very preview: one left over from another keeps nothing.
    previewed = hashlib.sha256(repr(sorted(change.texts.items())).encode()).hexdigest()
    kept_so = st.button("Keep this change", type="primary", key=f"keep-{own}-{previewed}")
    return revised if kept_so else None


def sign(kept: Record, computed: Plan) -> Record | None:
    """Ask two people for what a release consists of, and give the released course."""
    signed = computed.released
    if signed and not computed.stopped:
        st.success("This revision is released. A change makes it a draft again.")
        if signed.checked_by:
            return None
        st.write("It was not checked by a second person; that can still be done here.")
    own = f"{kept.id.hex}-{record.content_sha256(kept)[:16]}"
    reviews = [one for one in computed.findings if one.level == "review"]
    views.show_plan(computed)
    ticked = [
        views.acknowledged(one, f"release-{own}-{number}-{hash(one)}")
        for number, one in enumerate(reviews)
    ]
    words = {
        code: st.text_input(f"What was decided about {code} (may stay empty)", key=f"{code}-{own}")
        for code in dict.fromkeys(one.code for one in reviews)
    }
    left, right = st.columns(2)
    by = left.text_input("Pharmacist", key=f"by-{own}")
    second = right.text_input("Second person", key=f"second-{own}",
                              help="Another one, who enters weight and regimen anew")  # fmt: skip
    weight = right.text_input("Weight, entered anew", key=f"anew-{own}",
                              help="Several with a comma between")  # fmt: skip
    regimen = right.text_input(
        "Regimen's id, entered anew",
        key=f"regimen-{own}",
        help="As it stands on Regimens, such as myeloma-melphalan-prednisone-kg",
    )
    if not st.button(
        "Release", type="primary", disabled=not all(ticked) or not by, key=f"release-{own}"
    ):
        st.caption("Tick every finding that says review, and give the name.")
        return None
    try:
        return record.release(
            kept, computed, by=by, checked_by=second or None,
            weight=[text.strip() for text in weight.split(",") if text.strip()],
            regimen=regimen or None, acknowledged=words, at=_now(),
        )  # fmt: skip
    except CourseError as error:
        for message in error.problems.values():
            st.error(views.plain(message), icon=views.ICONS["stop"])
    return None
