"""What is to be ordered, and when it is needed: as a table (.csv) and a spreadsheet (.xlsx)."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

import xlsxwriter

from posology.export.table import as_text
from posology.register import Order

COLUMNS = ("drug", "product", "form", "size", "number", "doses", "left_over_of_product")
_STAMP = datetime(2000, 1, 1, tzinfo=UTC)


def order_rows(wanted: Order) -> list[tuple[str, str, str, str, int, int, str]]:
    """Give one row for each container that is to be ordered, in the order of the columns."""
    return [
        (each.drug, each.product, each.form, str(each.size), each.number, each.doses,
         str(wanted.left_over[each.drug, each.product]))
        for each in wanted.wanted
    ]  # fmt: skip


def order_csv(wanted: Order) -> bytes:
    """Write one row for each container; a dose without known containers is a row of its own."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for row in [*order_rows(wanted), *_unknown(wanted)]:
        writer.writerow(as_text(str(cell)) for cell in row)
    return stream.getvalue().encode()


def _unknown(wanted: Order) -> list[tuple[str, ...]]:
    return [(f"NOT IN IT: {each}", "containers not known", "", "", "", "", "")
            for each in wanted.unknown]  # fmt: skip


def order_xlsx(wanted: Order, first: date, last: date) -> bytes:
    """Write the same as a spreadsheet; the same order gives the same bytes."""
    heads = [f"For doses from {first.isoformat()} to {last.isoformat()} without a record"]
    return _book("Order", heads, COLUMNS, [*order_rows(wanted), *_unknown(wanted)], chart=False)


def demand_table(
    weeks: Sequence[tuple[date, Order]],
) -> tuple[tuple[str, ...], list[tuple[str, str, str, tuple[int, ...]]]]:
    """Give heads and rows: one row for each container, with its number in each week."""
    keys = {(each.drug, each.product, each.size.plain): str(each.size)
            for _, order in weeks for each in order.wanted}  # fmt: skip
    number = {
        (each.drug, each.product, each.size.plain, day): each.number
        for day, order in weeks
        for each in order.wanted
    }
    rows = [
        (drug, product, keys[drug, product, size],
         tuple(number.get((drug, product, size, day), 0) for day, _ in weeks))
        for drug, product, size in sorted(keys)
    ]  # fmt: skip
    return ("drug", "product", "size", *(day.isoformat() for day, _ in weeks)), rows


def demand_xlsx(weeks: Sequence[tuple[date, Order]]) -> bytes:
    """Write the containers of each week as a spreadsheet with a picture."""
    heads = [
        "Containers for the doses of each week without a record; a week begins on the day shown"
    ]
    heads += [f"NOT IN IT, containers not known: {each}" for _, of in weeks for each in of.unknown]
    columns, rows = demand_table(weeks)
    cells: list[tuple[str | int, ...]] = [
        (drug, product, size, *numbers) for drug, product, size, numbers in rows
    ]
    return _book("Demand", heads, columns, cells, chart=True)


def _book(
    title: str, heads: Sequence[str], columns: Sequence[str],
    rows: Iterable[Sequence[str | int]], *, chart: bool,
) -> bytes:  # fmt: skip
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
               "strings_to_numbers": False}  # fmt: skip
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"created": _STAMP.replace(tzinfo=None), "title": title})
        bold, sheet, top = (
            book.add_format({"bold": True}),
            book.add_worksheet(title),
            len(heads) + 1,
        )
        for number, text in enumerate(heads):
            sheet.write_string(number, 0, text)
        for column, name in enumerate(columns):
            sheet.write_string(top, column, name, bold)
        last = top
        for last, row in enumerate(rows, top + 1):
            for column, cell in enumerate(row):
                (sheet.write_number if isinstance(cell, int) else sheet.write_string)(
                    last, column, cell
                )
        sheet.set_column(0, 2, 24)
        sheet.set_column(3, len(columns), 12)
        if chart and last > top:
            picture = book.add_chart({"type": "column", "subtype": "stacked"})
            for row_ in range(top + 1, last + 1):
                picture.add_series({
                    "name": [title, row_, 1, row_, 2],
                    "categories": [title, top, 3, top, len(columns) - 1],
                    "values": [title, row_, 3, row_, len(columns) - 1],
                })  # fmt: skip
            picture.set_title({"name": "Containers each week"})
            sheet.insert_chart(last + 2, 0, picture, {"x_scale": 2, "y_scale": 2})
    return stream.getvalue()
