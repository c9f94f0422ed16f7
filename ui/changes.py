"""How a course is changed and released on the page: asked for, previewed, then kept."""

import hashlib
from datetime import UTC, datetime

import streamlit as st

import views
from posology import record
from posology.course.commands import ALWAYS, COMMANDS, OPTIONS
from posology.course.reading import read_change
from posology.errors import CourseError, PosologyError
from posology.export.text import changed_so
from posology.library import Library, SiteFile
from posology.model import Plan, Record


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def ask(kept: Record, computed: Plan, shelf: Library, site: SiteFile) -> Record | None:
    """Ask for a change, show what it would do, and give the changed course once it is kept."""
    command = st.selectbox(
        "Change", list(COMMANDS), index=None, placeholder="What is different?",
        format_func=lambda name: COMMANDS[name].label,
    )  # fmt: skip
    if command is None:
        st.info("Choose a change; it is shown before it is kept.")
        return None
    last = len(kept.revisions) - 1
    own = f"{kept.id.hex}-{last}"
    texts: dict[str, str] = {}
    for names in (COMMANDS[command].takes, ALWAYS):
        columns = st.columns(3)
        for number, name in enumerate(names):
            one = OPTIONS[name]
            texts[name] = columns[number % 3].text_input(
                one.label, placeholder=one.example, key=f"{command}-{name}-{own}",
                help=one.about if name in ALWAYS else None,
            )  # fmt: skip
    if not texts["reason"]:
        st.info("Still to give: the reason.")
        return None
    at = _now()
    today = at.astimezone(site.site.time_zone.info).date().isoformat()
    try:
        change = read_change(command, texts, computed, today)
        revised, new = record.revise(kept, change, shelf, site, at)
    except CourseError as error:
        problems = (f"{OPTIONS[field].label}: {told}" if field in OPTIONS else told
                    for field, told in error.problems.items())  # fmt: skip
        st.error(views.plain("; ".join(problems)), icon=views.ICONS["stop"])
        return None
    except PosologyError as error:
        st.error(views.plain(str(error)), icon=views.ICONS["stop"])
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
