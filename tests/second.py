"""A second implementation, in another style, from the quotes alone.

Uses fractions and datetime only and imports nothing of Posology; tests/test_second.py proves
both. Each function reads one regimen as its source prints it and gives the lines of a plan.
"""

from datetime import date, timedelta
from fractions import Fraction

_DAY = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_MONTH = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_LENGTH = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}


def _leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def months_later(day, months):
    """The same day of a later month, or that month's last day."""
    year, month = day.year, day.month
    for _ in range(months):
        month += 1
        if month == 13:
            year, month = year + 1, 1
    last = 29 if month == 2 and _leap(year) else _LENGTH[month]
    return date(year, month, min(day.day, last))


def digits(value):
    """Write an exact decimal with commas, or None where no decimal can."""
    value = Fraction(value)
    for places in range(15):
        scaled = value * 10**places
        if scaled.denominator == 1:
            text = str(scaled.numerator).rjust(places + 1, "0")
            whole, part = text[: len(text) - places], text[len(text) - places :]
            grouped = ""
            while len(whole) > 3:
                whole, grouped = whole[:-3], "," + whole[-3:] + grouped
            return whole + grouped + ("." + part if part else "")
    return None


def line(day, clock, dose, drug, route):
    """One line of a plan."""
    name = f"{_DAY[day.weekday()]} {day.day:02d}-{_MONTH[day.month - 1]}-{day.year}"
    return f"{name} {clock}  {dose} {drug}, {route}"


def ivig(kilograms, start, cycles, every, days):
    """2 g/kg per month administered over a course of 4-5 days."""
    share = digits(Fraction(kilograms) * 2 / days)
    lines = []
    for cycle in range(cycles):
        first = months_later(start, cycle) if every == "1 month" else start + timedelta(28 * cycle)
        for day in range(days):
            when = first + timedelta(day)
            lines.append(line(when, "08:00", f"{share} g", "immunoglobulin", "intravenous"))
    total = digits(Fraction(kilograms) * 2 * cycles)
    return lines, [f"{cycles * days} doses of immunoglobulin, {total} g"]


def triple(start):
    """Six months of dexamethasone, octreotide and sirolimus.

    120 mg over 2 consecutive days a week (read as 60 mg on each), 200 mcg every other day,
    1 mg twice daily.
    """
    end = months_later(start, 6)
    lines, counts = [], [0, 0, 0]
    day, number = start, 0
    while day < end:
        if number % 7 in (0, 1):
            counts[0] += 1
            lines.append(line(day, "08:00", "60 mg", "dexamethasone", "intramuscular"))
        if number % 2 == 0:
            counts[1] += 1
            lines.append(line(day, "08:00", "200 mcg", "octreotide", "subcutaneous"))
        for clock in ("08:00", "20:00"):
            counts[2] += 1
            lines.append(line(day, clock, "1 mg", "sirolimus", "oral"))
        day, number = day + timedelta(1), number + 1
    totals = [
        f"{counts[0]} doses of dexamethasone, {digits(counts[0] * 60)} mg",
        f"{counts[1]} doses of octreotide, {digits(counts[1] * 200)} mcg",
        f"{counts[2]} doses of sirolimus, {digits(counts[2])} mg",
    ]
    return lines, totals
