"""Body surface: one function for each published formula.

Exact integers throughout; the one rounding, to 0.01 m2, is a visible step.
"""

from fractions import Fraction
from math import isqrt

from posology.quantity import Quantity


def mosteller(height: Fraction, weight: Quantity) -> Quantity:
    """Compute the body surface, rounded half up to 0.01 m2.

    ``height`` in cm. The square root of height x weight / 3,600 (Mosteller RD, N Engl J Med
    1987;317:1098).

    >>> str(mosteller(Fraction(170), Quantity.parse("70 kg")))
    '1.82 m2'
    """
    square = height * weight.to("kg").number / 3600
    # The largest n with (n - 1/2)^2 <= 10,000 x square, by integers alone.
    scaled = 4 * 10_000 * square
    root = isqrt(scaled.numerator // scaled.denominator)
    return Quantity(Fraction((root + 1) // 2, 100), "m2")
