"""Computes one dose from an order and a patient.

The arithmetic is exact and its units are proven. The working is written beside the result, so
that a second person can check it by hand:

    2 g/kg x 70 kg = 140 g; / 5 administrations = 28 g
"""

from fractions import Fraction

from posology.errors import DosingError
from posology.model import Dose, Order, Patient, Row, Size, StatedDose
from posology.quantity import Quantity, print_number


def row(order: Order, patient: Patient) -> Row | None:
    """Find the row of an order's table that fits the patient; None if it has no table.

    Raises DosingError where no row fits, or more than one.
    """
    if not order.doses:
        return None
    fitting = [row for row in order.doses if row.when.holds(patient)]
    if len(fitting) == 1:
        return fitting[0]
    measures = {name: patient.says(name) for name in sorted(order.measures)}
    known = ", ".join(f"{name} {value}" for name, value in measures.items())
    if not fitting:
        message = f"{order.id}: the source gives no dose for {known}"
    else:
        rows = " and ".join(f'"{row.when}"' for row in fitting)
        message = f"{order.id}: more than one row fits {known}: {rows}; correct the regimen"
    raise DosingError(message)


def dose(
    order: Order, stated: StatedDose, patient: Patient, size: Size, rhythm: tuple[int, int]
) -> Dose:
    """Compute one administration of an order.

    ``rhythm``: on how many days of a cycle the order is given, and how often a day. ``size``: the
    weight and the surface by the site's policy. Raises DosingError if the patient's measures do
    not give the dose.
    """
    (amount, basis), (days, times) = stated, rhythm
    unit, parts = {
        "each": ("administration", 1),
        "per day": ("d", times),
        "per cycle": ("cycle", days * times),
    }[basis]
    if stated.exposure:
        return limited(order, patient, _calvert(order, amount, patient))
    one_period = Quantity.parse(f"1 {unit}")
    one_administration = Quantity.parse("1 administration")
    rate, working = amount / one_period, str(amount)
    for factor, words in _sizes(order, amount, size):
        rate = rate * factor
        working = f"{amount} x {words} = {rate * one_period}"
    share = rate / (one_administration * parts / one_period) * one_administration
    if parts > 1:
        working = f"{working}; / {parts} administrations = {share}"
    return limited(order, patient, Dose(share, working))


_FIXED = Fraction(25)
"""What leaves the body by other ways, in mL/min (Calvert AH, J Clin Oncol 1989;7:1748)."""


def _calvert(order: Order, exposure: Quantity, patient: Patient) -> Dose:
    """Compute a dose of carboplatin from an exposure, AUC x (clearance + 25), as Calvert did.

    An AUC of 1 is 1 mg/mL x min, so that the minutes of both factors are the same and go out.
    """
    clearance = patient.measure("creatinine clearance")
    if clearance is None:
        raise DosingError(f"{order.id}: AUC needs the creatinine clearance; enter it")
    words = f"{Quantity(clearance, 'mL/min')}"
    if order.cap and clearance > order.cap.number:
        clearance, words = order.cap.number, f"{order.cap}, the most that counts, for {words}"
    amount = Quantity(exposure.number, "mg/mL") * Quantity(clearance + _FIXED, "mL")
    working = f"AUC {print_number(exposure.number)} x ({words} + 25 mL/min) = {amount}"
    return Dose(amount, working)


def _sizes(order: Order, amount: Quantity, size: Size) -> list[tuple[Quantity, str]]:
    """Give what a dose is multiplied by: the weight, or the body surface."""
    per = amount.unit.split("/")[1:]
    if per == ["kg"]:
        return [(size.weight, size.words)]
    if per == ["m2"]:
        if size.surface is None:
            message = f"{order.id}: {amount} needs the body surface; give the height"
            raise DosingError(message)
        return [(size.surface, size.surface_words)]
    return []


def limited(order: Order, patient: Patient, computed: Dose) -> Dose:
    """Apply the source's limits, then its reductions."""
    for limit in order.most:
        if (limit.when is None or limit.when.holds(patient)) and computed.amount > limit.amount:
            working = f"{computed.working}; at most {limit.amount}"
            computed = Dose(limit.amount.to(computed.amount.unit), working)
    for reduction in order.reduce:
        if reduction.when.holds(patient):
            part = Fraction(reduction.to.removesuffix(" %")) / 100
            amount = computed.amount * part
            working = f"{computed.working}; {reduction.to} for {reduction.when} = {amount}"
            computed = Dose(amount, working)
    return computed
