"""About and limits: SAFETY.md, with the versions and hashes that this page computes with."""

import sys

import streamlit as st

from posology import __version__, library
from views.shelf import shipped
from views.texts import plain


def main() -> None:
    """Show the page from top to bottom."""
    st.title("About and limits")
    shelf, site = shipped()
    st.write(
        f"Posology {__version__}, Python {sys.version.split()[0]}; {plain(site.site.name)}, "
        f"{site.site.time_zone}, sha256 `{site.sha256}`."
    )
    if site.example:
        st.warning(
            "This is the example site. Use your hospital's own file: posology web --site FILE."
        )
    st.subheader("Regimens")
    lines = ["| id | version | status | sha256 |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {entry.regimen.version} | {entry.regimen.status} | `{entry.sha256}` |"
        for name, entry in shelf.regimens.items()
    ]
    st.markdown("\n".join(lines))
    text = library.SAFETY.read_text("utf-8")
    st.markdown("#" + text.replace("\n#", "\n##"))


main()
