"""The pages of Posology: they show what the library computes and decide nothing themselves."""

import streamlit as st

import views

PAGES = (
    ("plan.py", "Plan a course", None),
    ("regimens.py", "Regimens", "regimens"),
    ("check.py", "Check a dose", "check"),
    ("open_course.py", "Open a course", "course"),
    ("about.py", "About and limits", "about"),
)

st.set_page_config(page_title="Posology", page_icon="💊", layout="wide")
st.html(views.STYLE)
views.ask_who()
st.navigation(
    [
        st.Page(file, title=title, url_path=path, default=path is None)
        for file, title, path in PAGES
    ],
    position="top",
).run()
