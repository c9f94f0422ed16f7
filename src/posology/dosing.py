"""How much: an order and a patient give one dose.

The arithmetic is exact, its units are proven, and it is written out beside the result, so
that a second person can check it by hand:

    2 g/kg x 70 kg = 140 g; / 5 administrations = 28 g
"""

from posology.errors import DosingError
from posology.model import Dose, Order, Patient
from posology.quantity import Quantity


def dose(order: Order, patient: Patient, days: int) -> Dose:
    """Compute one administration of an order given on so many days of its cycle.

    Raises DosingError where the patient's measures do not give the dose.
    """
    amount, basis = order.dose
    unit, parts = {
        "each": ("administration", 1),
        "per day": ("d", order.times),
        "per cycle": ("cycle", days * order.times),
    }[basis]
    one_period = Quantity.parse(f"1 {unit}")
    one_administration = Quantity.parse("1 administration")
    rate, working = amount / one_period, str(amount)
    if "kg" in amount.unit.split("/"):
        weight = patient.weight.to("kg")
        rate = rate * weight
        working = f"{amount} x {weight} = {rate * one_period}"
    share = rate / (one_administration * parts / one_period) * one_administration
    if "/" in share.unit:
        message = f"{order.id}: {amount} needs a measure of the patient that is not given"
        raise DosingError(message)
    if parts > 1:
        working = f"{working}; / {parts} administrations = {share}"
    return Dose(share, working)
