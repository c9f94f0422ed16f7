"""Who uses the page, where it asks them to sign in."""

import streamlit as st

from posology import clock, web
from posology.errors import PosologyError
from posology.signin import has_ended, name_of
from views.texts import ICONS, plain

_LOOK = 30
"""After how many seconds an idle page looks whether the session has ended."""


def signed_in() -> str:
    """Give the name of who has signed in; empty where the page asks nobody to."""
    return name_of(st.user) if web.asks_who() else ""


def ask_who() -> None:
    """Let nobody past who has not signed in, or whose session has ended."""
    if not web.asks_who():
        return
    if not st.user.is_logged_in:
        st.title("Posology")
        st.write("Sign in with your account of the hospital. Your name then stands on what you do.")
        st.button("Sign in", type="primary", on_click=st.login)
        st.stop()
    _end_when_due()
    try:
        name = signed_in()
    except PosologyError as error:
        st.error(plain(str(error)), icon=ICONS["stop"])
        st.button("Sign out", on_click=st.logout)
        st.stop()
    st.space("small")  # else the bar of the pages lies over it
    left, right = st.columns([5, 1])
    left.text(f"Signed in as {name}")  # an account in Markdown would be a link
    right.button("Sign out", on_click=st.logout)


@st.fragment(run_every=_LOOK)
def _end_when_due() -> None:
    """End the session when the token of the provider expires, also of a page that is idle."""
    if has_ended(st.user, int(clock.now().timestamp())):
        st.logout()
        st.stop()
