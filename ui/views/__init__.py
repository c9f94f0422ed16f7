"""The parts that pages show; pages import each part from here."""

from views.doses import show_plan, show_tabs
from views.export import acknowledged, check_and_export
from views.person import ask_who, signed_in
from views.texts import ICONS, STYLE, WORDS, html_table, plain, show_finding, show_findings

__all__ = [
    "ICONS",
    "STYLE",
    "WORDS",
    "acknowledged",
    "ask_who",
    "check_and_export",
    "html_table",
    "plain",
    "show_finding",
    "show_findings",
    "show_plan",
    "show_tabs",
    "signed_in",
]
