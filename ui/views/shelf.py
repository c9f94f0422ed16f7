"""Reads the library and the site once; neither holds anything about a patient."""

import gc
import os
from pathlib import Path

import streamlit as st

from posology import library, web
from posology.errors import LibraryError
from posology.library import Library, SiteFile
from posology.web import LIBRARY_VARIABLE, SITE_VARIABLE
from views.texts import plain


@st.cache_resource(show_spinner="Reading the library")
def _read(site: str | None, own: str | None) -> tuple[Library, SiteFile]:
    shelf = library.load(beside=own), library.read_site(Path(site)) if site else library.read_site()
    # Streamlit collects garbage after every run. The library stays, so it need not be searched.
    gc.collect()
    gc.freeze()
    return shelf


def must_be_served() -> None:
    """End the page where another program than Posology serves it: its headers would be missing."""
    if not web.is_served():
        st.error("This page is served by Posology alone. Start it with: posology web")
        st.stop()


def shipped() -> tuple[Library, SiteFile]:
    """Return the library and the site; if they cannot be read, say why and end the page."""
    must_be_served()
    try:
        return _read(os.environ.get(SITE_VARIABLE), os.environ.get(LIBRARY_VARIABLE))
    except LibraryError as error:
        st.error(f"The library cannot be read.\n\n{plain(str(error))}")
        st.stop()
