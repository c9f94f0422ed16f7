"""How texts are shown: style, the words and icons of levels, findings, tables."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import assert_never

import streamlit as st

from posology.model import Finding, Level

ICONS: Mapping[Level, str] = {
    "stop": ":material/block:", "review": ":material/warning:", "note": ":material/info:",
}  # fmt: skip
WORDS: Mapping[Level, str] = {"stop": "Stop", "review": "Review", "note": "Note"}
STYLE = """<style>
:root {--quiet: #3d5259; --line: #d5dfe2; --head: #eef3f4; --off: #f1ece4; --mark: #0b5a6b;
  --ink: #16252b; --paper: #ffffff}
@media (prefers-color-scheme: dark) {
  :root {--quiet: #b9c8cd; --line: #3a4a50; --head: #1d2a2f; --off: #2a2620; --mark: #7cc7d6;
    --ink: #e8eff1; --paper: #10181b}
  /* the accent of buttons is too dark for text on this ground */
  [data-testid="stTabs"] [aria-selected="true"], [data-testid="stTabs"] [aria-selected="true"] p {
    color: var(--mark) !important}
}
.dose {font-size: 1.6rem; font-weight: 650; margin: .6rem 0 0; color: var(--ink)}
.made {font-weight: 500; margin: 0; color: var(--ink)}
.working {color: var(--quiet); margin: 0 0 .2rem}
.scroll {max-height: 32rem; overflow: auto}
table.plan, table.month {border-collapse: collapse; width: 100%; color: var(--ink);
  font-variant-numeric: tabular-nums}
table.plan th {text-align: left; position: sticky; top: 0; background: var(--head)}
table.plan th, table.plan td {padding: .3rem .8rem .3rem .4rem; vertical-align: top;
  border-bottom: 1px solid var(--line)}
table.plan td.what {font-weight: 600}
table.plan td:first-child {white-space: nowrap}
table.month {table-layout: fixed; margin-bottom: 1.2rem}
table.month caption {text-align: left; font-weight: 650; padding: .3rem 0; color: var(--ink)}
table.month th {text-align: left; font-weight: 600; padding: .2rem .3rem; background: var(--head)}
table.month td {border: 1px solid var(--line); padding: .2rem .3rem; vertical-align: top;
  height: 3.2rem; font-size: .82rem; overflow-wrap: anywhere}
table.month td.off {background: var(--off)}
table.month td.today {outline: 2px solid var(--mark); outline-offset: -2px}
table.month .day {color: var(--quiet); font-size: .78rem}
table.month .begins {color: var(--mark); font-weight: 650}
table.month .given {font-weight: 600; display: block}
table.month .todo {color: var(--quiet); display: block; font-style: italic}
@media (max-width: 640px) {
  .scroll table.plan {min-width: 40rem}
  table.month, table.month tbody, table.month tr, table.month td {display: block; height: auto}
  table.month thead, table.month td.none, table.month td.empty {display: none}
}
@media print {
  header, [data-testid="stToolbar"], [data-testid="stButton"],
  [data-testid="stTabs"] [role="tablist"] {display: none !important}
  .scroll {max-height: none; overflow: visible}
  table.month {break-inside: avoid}
}
[data-testid="stMainBlockContainer"] {padding-top: 3.5rem}
/* Streamlit's own grey is too pale to read */
[data-testid="stCaptionContainer"] {opacity: 1}
[data-testid="stCaptionContainer"] p {color: var(--quiet); opacity: 1}
[role="spinbutton"] {display: inline-block; min-width: 24px; min-height: 24px; text-align: center}
</style>"""


_MARKUP = re.compile(r"([\\`*_$\[\]~<>&@#|!]|:(?=[A-Za-z/])|(?<=[Ww]{3})\.)")
_LIST = re.compile(r"^(\s*\d*)([-+=.)])(?=\s)", re.MULTILINE)


def plain(text: str) -> str:
    """Escape Markdown: no text of a file or a person is a link, a picture, a heading or a list."""
    return _LIST.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", text))


def show_findings(findings: tuple[Finding, ...]) -> None:
    """Show each finding with a word and an icon, never by colour alone; notes are folded."""
    st.subheader("Findings")
    notes = [finding for finding in findings if finding.level == "note"]
    for finding in findings:
        if finding.level != "note":
            show_finding(finding)
    if not findings:
        st.write("None.")
    if notes:
        with st.expander(f"{len(notes)} note{'s' if len(notes) > 1 else ''}"):
            for note in notes:
                show_finding(note)


def show_finding(finding: Finding) -> None:
    """Show a finding in the box of its level."""
    text = f"**{WORDS[finding.level]}** — {plain(finding.words)}"
    icon = ICONS[finding.level]
    match finding.level:
        case "stop":
            st.error(text, icon=icon)
        case "review":
            st.warning(text, icon=icon)
        case "note":
            st.info(text, icon=icon)
        case _:
            assert_never(finding.level)


def html_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Show a table that prints and that a screen reader reads."""
    cells = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    titles = "".join(f'<th scope="col">{escape(title)}</th>' for title in head)
    st.html(
        '<div class="scroll" tabindex="0" role="region" aria-label="Table">'
        f'<table class="plan"><thead><tr>{titles}</tr></thead><tbody>{cells}</tbody></table></div>'
    )
