"""Open a course: show it and its changes, revise it with a preview, release it by two people."""

import streamlit as st

import changes
import views
from posology import clock, record
from posology.errors import CourseError, RecordError
from posology.export.text import changed_so, release_status
from posology.model import Plan, Record
from views.shelf import shipped


def main() -> None:
    """Show the page from top to bottom; only this session keeps the course."""
    st.title("Open a course")
    st.caption("The file stays on your machine. After a change or a release, download it again.")
    shelf, site = shipped()
    held = uploaded()
    if held is None:
        return
    raw, kept = held
    if record.content(kept) != raw:
        st.warning("Not yet saved. Open Check and export, and download the new course file.")
        if st.button("Close it without saving"):
            st.session_state.pop("course", None)
            st.rerun()
    try:
        computed = record.planned(kept, shelf, site)
        computed = record.with_unrecorded(computed, clock.today(site.site.time_zone.info))
    except (CourseError, RecordError) as error:
        st.error(views.plain(str(error)), icon=views.ICONS["stop"])
        return
    show(kept, computed)
    # The place exists with and without a message, so that the tabs below keep their state.
    message, place = st.session_state.pop("message", ""), st.empty()
    if message:
        place.success(message)
    revise, release, dates = st.tabs(["Revise", "Release", "Dates and sources"])
    with revise:
        new = changes.ask(kept, computed, shelf, site)
    with release:
        new = changes.sign(kept, computed) or new
    with dates:
        if computed.stopped:
            st.write("No dose is shown while a finding says stop.")
        elif computed.administrations:
            views.show_plan(computed)
            views.show_tabs(computed)
    if new is not None:
        st.session_state["course"] = (raw, new)
        st.session_state["message"] = "Kept in this session, not yet saved."
        st.rerun()


def uploaded() -> tuple[bytes, Record] | None:
    """Ask for a file; return its bytes and its course of this session, or None with the reason."""
    file = st.file_uploader("Course file", type=["json"], key="uploaded")
    held: tuple[bytes, Record] | None = st.session_state.get("course")
    if file is not None and (held is None or held[0] != file.getvalue()):
        raw = file.getvalue()
        try:
            st.session_state["course"] = held = (raw, record.read(raw))
        except RecordError as error:
            st.session_state.pop("course", None)
            st.error(f"The file {views.plain(str(error))}", icon=views.ICONS["stop"])
            return None
    if held is None:
        st.info(
            "Choose a course file (.json). Check and export, or posology plan --save, writes one."
        )
    return held


def show(kept: Record, computed: Plan) -> None:
    """Show what the course is, whether it computes as before, and what has changed."""
    last = len(kept.revisions) - 1
    st.subheader(f"Course {kept.id.hex[:8]}, revision {last}")
    about = f"{computed.regimen.name}, {computed.regimen.indication}"
    st.write(f"**{views.plain(release_status(computed))}**; {views.plain(about)}")
    differs = any(finding.code == "computed-differently" for finding in computed.findings)
    if not differs:
        st.success("Computed again today, the course comes out the same.", icon=":material/check:")
    if last:
        with st.expander("What has changed", expanded=True):
            st.markdown("\n".join(
                f"- {views.plain(changed_so(number, change))}"
                for number, change in enumerate(computed.course.changes, 1)
            ))  # fmt: skip
            lines = record.differences(kept, last - 1, last) or ["no dose differs"]
            st.caption(f"Revision {last} against revision {last - 1}")
            st.code("\n".join(lines), language=None, wrap_lines=True)
    views.show_findings(computed.findings)
    if st.button("Check and export", type="primary"):
        views.check_and_export(computed, kept)


main()
