"""A plan as a spreadsheet (.xlsx): real dates, and no text that is taken for a formula."""

import io
from datetime import UTC, datetime

import xlsxwriter

from posology.export.table import COLUMNS, rows, status
from posology.export.text import changes, findings, measures, release_status, weight
from posology.model import Plan

_DATE, _STAMP = "ddd dd-mmm-yyyy", datetime(2000, 1, 1, tzinfo=UTC)


def xlsx_bytes(plan: Plan) -> bytes:
    """Write one sheet of administrations, and one of inputs, totals and findings.

    The same plan gives the same bytes.
    """
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
               "strings_to_numbers": False}  # fmt: skip
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"created": _STAMP.replace(tzinfo=None), "title": status(plan)})
        bold, days = book.add_format({"bold": True}), book.add_format({"num_format": _DATE})
        sheet = book.add_worksheet("Administrations")
        for column, name in enumerate(COLUMNS):
            sheet.write_string(0, column, name, bold)
        for number, row in enumerate(rows(plan), 1):
            for column, (name, cell) in enumerate(zip(COLUMNS, row, strict=True)):
                if name == "date":
                    sheet.write_datetime(number, column, datetime.fromisoformat(cell), days)
                else:
                    sheet.write_string(number, column, cell)
        sheet.set_column(0, len(COLUMNS) - 1, 14)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(plan.administrations), 1), len(COLUMNS) - 1)
        about = book.add_worksheet("About")
        for number, (name, text) in enumerate(_about(plan)):
            about.write_string(number, 0, name, bold)
            about.write_string(number, 1, text)
        about.set_column(0, 0, 18)
        about.set_column(1, 1, 110)
    return stream.getvalue()


def _about(plan: Plan) -> list[tuple[str, str]]:
    """List what a reader of the table must know: who it is for, what adds up, what was found."""
    return [
        ("status", release_status(plan)),
        ("course", f"{plan.course_id}, revision {plan.issued.revision if plan.issued else 0}"),
        ("reference", plan.course.reference or "not given"),
        ("site", f"{plan.site.name}, {plan.site.time_zone}, sha256 {plan.site_sha256}"),
        ("regimen", f"{plan.named} version {plan.regimen.version}"),
        ("sha256", plan.regimen_sha256),
        ("formulary", plan.origin.formulary),
        ("computed for", weight(plan)),
        *(("measures", line) for line in measures(plan)),
        *(("change", line.removeprefix("Revision  ")) for line in changes(plan)),
        *(("not given", str(absent)) for absent in plan.absent),
        *(("as needed", str(each)) for each in plan.needed),
        *(("total", str(total)) for total in plan.totals),
        *(("supply", str(supplied)) for supplied in plan.supplies),
        *(("to do", str(dated)) for dated in plan.items),
        *(("finding", line.strip()) for line in findings(plan)),
    ]
