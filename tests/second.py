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


def sheet(start, orders, ends):
    """Lines and totals of orders that are (drug, route, unit, clock, days -> dose)."""
    lines, totals = [], []
    for drug, _, unit, _, doses in orders:
        given = [dose for day, dose in doses if day < ends]
        totals.append(f"{len(given)} doses of {drug}, {digits(sum(given))} {unit}")
    rows = []
    for place, (drug, route, unit, clock, doses) in enumerate(orders):
        for day, dose in doses:
            if day < ends:
                rows.append((day, clock, place, f"{digits(dose)} {unit}", drug, route))
    for day, clock, _, dose, drug, route in sorted(rows):
        lines.append(line(start + timedelta(day), clock, dose, drug, route))
    return lines, totals


def listed(cycles, length, days, dose):
    """The same dose on these days of each cycle, counted from day 0 of the course."""
    return [(cycle * length + day - 1, Fraction(dose)) for cycle in range(cycles) for day in days]


def thalidomide_dexamethasone(start, cycles):
    """200 mg per day; 40 mg on days 1-4, 9-12 and 17-20; from cycle 5 on days 1-4 only."""
    pulse = []
    for cycle in range(cycles):
        days = [1, 2, 3, 4] if cycle >= 4 else [1, 2, 3, 4, 9, 10, 11, 12, 17, 18, 19, 20]
        pulse += [(cycle * 28 + day - 1, Fraction(40)) for day in days]
    daily = listed(cycles, 28, range(1, 29), 200)
    orders = [
        ("thalidomide", "oral", "mg", "22:00", daily),
        ("dexamethasone", "oral", "mg", "08:00", pulse),
    ]
    return sheet(start, orders, cycles * 28)


def ivig_thalidomide(kilograms, start, cycles, every, days):
    """2 g/kg over 4 or 5 days each month, and 50 mg a day counted in 28 days."""
    share = Fraction(kilograms) * 2 / days
    infusions = []
    for cycle in range(cycles):
        first = months_later(start, cycle) if every == "1 month" else start + timedelta(28 * cycle)
        infusions += [((first - start).days + day, share) for day in range(days)]
    orders = [
        ("immunoglobulin", "intravenous", "g", "08:00", infusions),
        ("thalidomide", "oral", "mg", "22:00", listed(cycles, 28, range(1, 29), 50)),
    ]
    return sheet(start, orders, 10**6)


def melphalan_prednisone(start, cycles, melphalan, prednisone):
    """Both on days 1 to 4 of each 42 days; the doses are given."""
    orders = [
        ("melphalan", "oral", "mg", "08:00", listed(cycles, 42, range(1, 5), melphalan)),
        ("prednisone", "oral", "mg", "08:00", listed(cycles, 42, range(1, 5), prednisone)),
    ]
    return sheet(start, orders, 10**6)


def surface(centimetres, kilograms):
    """Mosteller 1987: the square root of cm x kg / 3600, to 0.01, halves up."""
    square = Fraction(centimetres) * Fraction(kilograms) / 3600
    hundredths = 0
    while (Fraction(2 * hundredths + 1, 200)) ** 2 <= square:
        hundredths += 1
    return Fraction(hundredths, 100)


def melphalan_prednisone_thalidomide(kilograms, start, cycles, age, neutrophils, platelets, kidney):
    """The table of the European product information, with its caps and its reduction."""
    full = neutrophils >= 1500 and platelets >= 100000
    if age <= 75:
        per_kg, cap, thalidomide = Fraction(1, 4) if full else Fraction(1, 8), 24, 200
    else:
        per_kg, cap, thalidomide = Fraction(1, 5) if full else Fraction(1, 10), 20, 100
    melphalan = min(per_kg * Fraction(kilograms), Fraction(cap))
    if kidney < 50:
        melphalan /= 2
    orders = [
        ("melphalan", "oral", "mg", "08:00", listed(cycles, 42, range(1, 5), melphalan)),
        ("prednisone", "oral", "mg", "08:00",
         listed(cycles, 42, range(1, 5), 2 * Fraction(kilograms))),
        ("thalidomide", "oral", "mg", "22:00", listed(cycles, 42, range(1, 43), thalidomide)),
    ]  # fmt: skip
    return sheet(start, orders, 10**6)


def bortezomib_dexamethasone(centimetres, kilograms, start, cycles):
    """1.3 mg/m2 on days 1, 4, 8, 11 of 21; 20 mg on those days and the next."""
    dose = Fraction(13, 10) * surface(centimetres, kilograms)
    orders = [
        ("bortezomib", "subcutaneous", "mg", "08:00", listed(cycles, 21, [1, 4, 8, 11], dose)),
        ("dexamethasone", "oral", "mg", "08:00",
         listed(cycles, 21, [1, 2, 4, 5, 8, 9, 11, 12], 20)),
    ]  # fmt: skip
    return sheet(start, orders, 10**6)


def lenalidomide_dexamethasone(start, cycles, age, kidney, dialysis):
    """25 mg on days 1 to 21 of 28, less for the kidneys; 40 mg weekly, 20 mg from 75 years."""
    days = range(1, 22)
    if kidney >= 50:
        dose = 25
    elif kidney >= 30:
        dose = 10
    elif dialysis:
        dose = 5
    else:
        dose, days = 15, range(1, 22, 2)
    orders = [
        ("lenalidomide", "oral", "mg", "08:00", listed(cycles, 28, days, dose)),
        ("dexamethasone", "oral", "mg", "08:00",
         listed(cycles, 28, [1, 8, 15, 22], 20 if age >= 75 else 40)),
    ]  # fmt: skip
    return sheet(start, orders, 10**6)


def precautions(start, drug, length):
    """Tests 14 days and 1 day before, weekly for 4 weeks, then every 4; a supply every 4 weeks."""
    test = "pregnancy test, where pregnancy is possible (monitoring)"
    supply = f"{drug}, supply for at most 28 days (supply)"
    days = [(-14, 0, test), (-1, 1, test)]
    days += [(7 * week, 2, test) for week in range(4)]
    days += [(28 * step, 3, test) for step in range(1, -(-length // 28))]
    days += [(28 * step, 4, supply) for step in range(-(-length // 28))]
    lines = []
    for day, _, what in sorted(days):
        name = line(start + timedelta(day), "", "", "", "").split("  ")[0].strip()
        lines.append(f"{name}  {what}")
    return lines


def fewest_vials(grams, sizes):
    """The fewest vials that hold exactly so many grams, by breadth; None where none do."""
    reached, steps = {0: ()}, 0
    while grams not in reached and steps < 40:
        steps += 1
        reached = {
            held + size: tuple(sorted((*vials, size), reverse=True))
            for held, vials in sorted(reached.items(), key=lambda one: one[1])
            for size in sizes
            if held + size <= grams
        }
    return reached.get(grams)


def months_vials(kilograms, days, sizes):
    """Vials of a month of 2 g/kg: (grams, vials) of each day, or None where it is refused.

    Whole grams only. The nearest total within 10 % (the smaller of two), every day within 15 % of
    its share or one smallest vial, the most even days, the fewest vials, the larger days last.
    """
    total = 2 * Fraction(kilograms)
    share = total / days
    slack = max(share * 15 / 100, min(sizes))
    held = {}
    for grams in range(1, int(share + slack) + 1):
        if grams >= share - slack and grams % min(sizes) == 0:
            held[grams] = fewest_vials(grams, sizes)
    held = {grams: vials for grams, vials in held.items() if vials}
    whole = range(int(total * 9 / 10), int(total * 11 / 10) + 2)
    whole = [n for n in whole if abs(n - total) * 10 <= total and n]
    plans = [()]
    for _ in range(days):
        plans = [
            (*plan, grams) for plan in plans for grams in held if not plan or grams <= plan[-1]
        ]
    for wanted in sorted(whole, key=lambda n: (abs(n - total), n)):
        fitting = [plan for plan in plans if sum(plan) == wanted]
        if fitting:
            best = min(
                fitting,
                key=lambda plan: (
                    sum(grams**2 for grams in plan),
                    sum(len(held[grams]) for grams in plan),
                    plan,
                ),
            )
            return [(grams, held[grams]) for grams in reversed(best)]
    return None


def privigen(kilograms, millilitres, first):
    """Minutes and pump rates of Privigen 10 % at risk: (mL/h, minutes) until nothing is left.

    A first infusion: 0.5, 1, 2 and 4 mg/kg/min, 30 minutes each; a later one 0.5 and 2; never above
    3.3 mg/kg/min. The pump is set in whole mL/h, rounded down.
    """
    ceiling = Fraction(33, 10)
    asked = [Fraction(1, 2), 1, 2, 4] if first else [Fraction(1, 2), 2]
    left, found = Fraction(millilitres), []
    for rate in [*asked, ceiling]:
        pump = int(min(Fraction(rate), ceiling) * Fraction(kilograms) * 60 / 100)
        minutes = left * 60 / pump
        if rate < ceiling:
            minutes = min(minutes, Fraction(30))
        left -= minutes * pump / 60
        found.append((pump, minutes))
        if not left:
            return found
    return found


def clearance(years, kilograms, sex, creatinine, unit):
    """Cockcroft and Gault: (140 - age) x kg over 72 x mg/dL, or the factors for umol/L."""
    top = (140 - Fraction(years)) * Fraction(kilograms)
    if unit == "umol/L":
        return (
            top * {"male": Fraction(123), "female": Fraction(104)}[sex] / 100 / Fraction(creatinine)
        )
    return (
        top * {"male": Fraction(1), "female": Fraction(17, 20)}[sex] / (72 * Fraction(creatinine))
    )


def syringe(millilitres, most_at_one_site):
    """(sites, mL at each): steps of 0.01 to 1 mL, 0.1 to 3, 0.2 to 12, 1 above; ties go down."""
    sites = 1
    while most_at_one_site and millilitres / sites > most_at_one_site:
        sites += 1
    each = millilitres / sites
    step = next(
        Fraction(s)
        for size, s in ((1, "0.01"), (3, "0.1"), (12, "0.2"), (10**9, "1"))
        if each <= size
    )
    below = each // step * step
    marked = below if each - below <= below + step - each else below + step
    if most_at_one_site and marked > most_at_one_site:
        marked -= step
    return sites, marked


def phased(start, parts, lasts):
    """Lines of one order whose rhythm changes: (from day, every, days, a day, dose) in turn.

    ``every`` is (number, unit) with days, weeks, months or hours, or "once". The last part goes on
    for so many days. Doses of one day are at 08:00, at 08:00 and 20:00, or so many hours apart.
    """
    found = []
    for index, (begin, every, days, times, dose) in enumerate(parts):
        ends = parts[index + 1][0] - 1 if index + 1 < len(parts) else begin - 1 + lasts
        anchor, cycle = start + timedelta(begin - 1), 0
        while True:
            if every == "once":
                first = anchor if cycle == 0 else None
            elif every[1] == "month":
                first = months_later(anchor, every[0] * cycle)
            else:
                length = {"hour": 1, "day": every[0], "week": 7 * every[0]}[every[1]]
                first = anchor + timedelta(length * cycle)
            if first is None or (first - start).days >= ends:
                break
            for day in days:
                on = (first - start).days + day - 1
                if on < ends:
                    step = every[0] if every[1:] == ("hour",) else 12
                    hours = [8 + step * number for number in range(times)]
                    found += [(on + hour // 24, hour % 24, dose) for hour in hours]
            cycle += 1
    return [
        line(start + timedelta(on), f"{hour:02d}:00", dose, "a-drug", "intravenous")
        for on, hour, dose in sorted(found)
    ]


def calvert(exposure, clearance, cap):
    """Calvert 1989: AUC x (clearance + 25), in mg, with a clearance of at most the cap."""
    return Fraction(exposure) * (min(Fraction(clearance), Fraction(cap)) + 25)


def rising(milligrams, first, by, each, most):
    """Minutes of an infusion whose rate rises, and the rates in turn; counted in steps."""
    left, rate, minutes, rates = Fraction(milligrams), Fraction(first), Fraction(0), []
    while left > 0:
        here = min(rate, Fraction(most))
        rates.append(here)
        need = left / here * 60
        held = need if here == most or need < each else Fraction(each)
        left, minutes, rate = left - here * held / 60, minutes + held, rate + by
    return minutes, rates
