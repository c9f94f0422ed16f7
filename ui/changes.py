"""Change and release a course on the page: ask, show a preview, then keep it."""

import hashlib

import streamlit as st

import views
from posology import clock, record
from posology.course.commands import ALWAYS, COMMANDS, OPTIONS
from posology.course.reading import read_change
from posology.errors import CourseError, PosologyError
from posology.export.text import changed_so
from posology.library import Library, SiteFile
from posology.model import Plan, Record
from posology.model.finding import named


def ask(kept: Record, computed: Plan, shelf: Library, site: SiteFile) -> Record | None:
    """Ask for a change and show what it would do; return the changed course once it is kept."""
    command = st.selectbox(
        "Change", list(COMMANDS), index=None, placeholder="What is different?",
        format_func=lambda name: COMMANDS[name].label,
    )  # fmt: skip
    if command is None:
        st.info("Choose a change; it is shown before it is kept.")
        return None
    last = len(kept.revisions) - 1
    revision = f"{kept.id.hex}-{last}"
    texts: dict[str, str] = {}
    person = views.signed_in()
    if person:
        texts["by"] = person
    for names in (COMMANDS[command].takes, _asked(person)):
        columns = st.columns(3)
        for number, name in enumerate(names):
            option = OPTIONS[name]
            texts[name] = columns[number % 3].text_input(
                option.label, placeholder=option.example, key=f"{command}-{name}-{revision}",
                help=option.about if name in ALWAYS else None,
            )  # fmt: skip
    if not texts["reason"]:
        st.info("Still to give: the reason.")
        return None
    at = clock.now()
    today = at.astimezone(site.site.time_zone.info).date().isoformat()
    try:
        change = read_change(command, texts, computed, today)
        revised, new = record.revise(kept, change, shelf, site, at)
    except CourseError as error:
        problems = (f"{OPTIONS[field].label}: {problem}" if field in OPTIONS else problem
                    for field, problem in error.problems.items())  # fmt: skip
        st.error(views.plain("; ".join(problems)), icon=views.ICONS["stop"])
        return None
    except PosologyError as error:
        st.error(views.plain(str(error)), icon=views.ICONS["stop"])
        return None
    st.markdown(f"**Revision {views.plain(changed_so(last + 1, change))}**")
    lines = record.differences(revised, last, last + 1) or ["no dose changes"]
    st.code("\n".join(lines), language=None, wrap_lines=True)
    views.show_findings(
        tuple(finding for finding in new.findings if finding not in computed.findings)
    )
    # The key holds the preview: a button left over from another preview keeps nothing.
    previewed = hashlib.sha256(repr(sorted(change.texts.items())).encode()).hexdigest()
    keep = st.button("Keep this change", type="primary", key=f"keep-{revision}-{previewed}")
    return revised if keep else None


def _asked(person: str) -> list[str]:
    """Name what is asked for every change; of one who has signed in no name is asked."""
    return [name for name in ALWAYS if not person or name not in {"by", "checked_by"}]


def sign(kept: Record, computed: Plan) -> Record | None:
    """Ask two people for a release; return the released course once both have signed."""
    signed = computed.released
    if signed and not computed.stopped:
        st.success("This revision is released. A change makes it a draft again.")
        if signed.checked_by:
            return None
        st.write("No second person has checked it yet. That can still be done here.")
    content = f"{kept.id.hex}-{record.content_sha256(kept)[:16]}"
    reviews = named(computed.findings)
    views.show_plan(computed)
    ticked = [
        views.acknowledged(finding, f"release-{content}-{number}-{hash(finding)}")
        for number, finding in enumerate(reviews.values())
    ]
    words = {
        name: st.text_input(
            f"What was decided about {name} (may stay empty)", key=f"{name}-{content}"
        )
        for name in reviews
    }
    left, right = st.columns(2)
    person = views.signed_in()
    if person:
        # The second person signs in a session of their own, once the first one has signed.
        by, second = (signed.by, person) if signed else (person, "")
        other = views.plain(second) or "signs in a session of their own"
        left.write(f"Pharmacist: **{views.plain(by)}**")
        right.write(f"Second person: **{other}**")
    else:
        by = left.text_input("Pharmacist", key=f"by-{content}")
        second = right.text_input(
            "Second person", key=f"second-{content}",
            help="Not who signs; enters weight and regimen again",
        )  # fmt: skip
    weight = right.text_input("Weight, entered again", key=f"anew-{content}",
                              help="Several weights: a comma between them")  # fmt: skip
    regimen = right.text_input(
        "Regimen's id, entered again",
        key=f"regimen-{content}",
        help="As the page Regimens shows it, such as myeloma-melphalan-prednisone-kg",
    )
    if not st.button(
        "Release", type="primary", disabled=not all(ticked) or not by, key=f"release-{content}"
    ):
        st.caption("Tick every finding that says review, and enter the pharmacist's name.")
        return None
    try:
        return record.release(
            kept, computed, by=by, checked_by=second or None,
            weight=[text.strip() for text in weight.split(",") if text.strip()],
            regimen=regimen or None, acknowledged=words, at=clock.now(),
        )  # fmt: skip
    except CourseError as error:
        for message in error.problems.values():
            st.error(views.plain(message), icon=views.ICONS["stop"])
    return None
