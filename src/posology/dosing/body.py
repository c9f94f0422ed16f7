"""The body: one function for each published formula of weight, surface and renal function.

Every measure is an amount with its unit: a height in cm, an age in years, a weight in kg or lb, a
creatinine in mg/dL or umol/L. Another unit, or none, raises QuantityError. Where a formula has a
root or a power, its result is rounded once; all else is exact. The site decides which formula is
used, not this module.
"""

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from math import isqrt
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from posology.errors import DosingError, QuantityError
from posology.model.patient import CREATININE_UNITS, Sex, body_mass_index
from posology.model.site import SurfaceFormula
from posology.quantity import Quantity, number_in
from posology.text import shown

T = TypeVar("T")
_ROOTS = Context(prec=34, rounding=ROUND_HALF_UP)
"""A context of our own, so that the settings of a thread cannot change a dose."""
_CM_PER_INCH = Fraction(254, 100)
_LEAST_DEVINE = 60 * _CM_PER_INCH
_UMOL_PER_MG_DL = Fraction(884, 10)
ADJUSTED_PART = Fraction(4, 10)


def ideal(height: Quantity, sex: Sex) -> Quantity:
    """Compute the ideal weight: 50 kg (men) or 45.5 kg (women) + 2.3 kg per inch over 5 feet.

    Devine BJ, Drug Intell Clin Pharm 1974;8:650-655, as in Pai MP, Paloucek FP, Ann Pharmacother
    2000;34:1066-9. Raises DosingError below 152.4 cm, where the formula is not defined.

    >>> str(ideal(Quantity.parse("177.8 cm", ("cm",)), "male"))
    '73 kg'
    """
    centimetres = _cm(height)
    if centimetres < _LEAST_DEVINE:
        raise DosingError("the ideal weight of Devine is defined from a height of 152.4 cm")
    base = _by_sex(sex, Fraction(50), Fraction(455, 10))
    return Quantity(base + Fraction(23, 10) * (centimetres / _CM_PER_INCH - 60), "kg")


def adjusted(height: Quantity, weight: Quantity, sex: Sex) -> Quantity:
    """Compute ideal weight + 0.4 x (actual - ideal); never above the actual weight.

    The factor 0.4 is that of the National Blood Authority, Australia, and others (rxkinetics.com
    gives 20 to 40 %). Raises DosingError where there is no ideal weight.
    """
    actual, best = _kg(weight), ideal(height, sex).number
    return Quantity(min(actual, best + ADJUSTED_PART * (actual - best)), "kg")


def lean(height: Quantity, weight: Quantity, sex: Sex) -> Quantity:
    """Compute the lean weight of Janmahasatian S et al., Clin Pharmacokinet 2005;44:1051-65.

    9270 W / (6680 + 216 BMI) for men, 9270 W / (8780 + 244 BMI) for women.
    """
    first, second = _by_sex(sex, (6680, 216), (8780, 244))
    index = body_mass_index(height, weight).number
    return Quantity(9270 * _kg(weight) / (first + second * index), "kg")


def mosteller(height: Quantity, weight: Quantity) -> Quantity:
    """Compute the body surface, the square root of height x weight / 3,600, to 0.01 m2.

    >>> str(mosteller(Quantity.parse("170 cm", ("cm",)), Quantity.parse("70 kg")))
    '1.82 m2'
    """
    square = _cm(height) * _kg(weight) / 3600
    # The largest n with (n - 1/2)^2 <= 10,000 x square, by integers alone.
    scaled = 4 * 10_000 * square
    root = isqrt(scaled.numerator // scaled.denominator)
    return Quantity(Fraction((root + 1) // 2, 100), "m2")


def du_bois(height: Quantity, weight: Quantity) -> Quantity:
    """Compute the body surface, 0.007184 x W^0.425 x H^0.725, to 0.01 m2."""
    return _surface("0.007184", (weight, "0.425"), (height, "0.725"))


def haycock(height: Quantity, weight: Quantity) -> Quantity:
    """Compute the body surface, 0.024265 x W^0.5378 x H^0.3964, to 0.01 m2."""
    return _surface("0.024265", (weight, "0.5378"), (height, "0.3964"))


def gehan_george(height: Quantity, weight: Quantity) -> Quantity:
    """Compute the body surface, 0.0235 x W^0.51456 x H^0.42246, to 0.01 m2."""
    return _surface("0.0235", (weight, "0.51456"), (height, "0.42246"))


class Surface(NamedTuple):
    """A formula of the body surface: its authors as they are printed, its source, its function."""

    label: str
    cite: str
    compute: Callable[[Quantity, Quantity], Quantity]
    """Of height and weight; rounded half up to 0.01 m2."""


SURFACES: Mapping[SurfaceFormula, Surface] = MappingProxyType(
    {
        "mosteller": Surface("Mosteller", "Mosteller RD, N Engl J Med 1987;317:1098", mosteller),
        "du-bois": Surface(
            "Du Bois", "Du Bois D, Du Bois EF, Arch Intern Med 1916;17:863-71", du_bois
        ),
        "haycock": Surface("Haycock", "Haycock GB et al., J Pediatr 1978;93:62-6", haycock),
        "gehan-george": Surface(
            "Gehan and George",
            "Gehan EA, George SL, Cancer Chemother Rep 1970;54:225-35",
            gehan_george,
        ),
    }
)
"""Each formula that a site file may name, once."""


def cockcroft_gault(age: Quantity, weight: Quantity, sex: Sex, creatinine: Quantity) -> Quantity:
    """Compute the creatinine clearance in mL/min, exact.

    mg/dL: (140 - age) x kg / (72 x creatinine), x 0.85 for women (Cockcroft DW, Gault MH, Nephron
    1976;16:31-41). umol/L: (140 - age) x kg x 1.23 (men) or 1.04 (women) / creatinine, the
    constants in use in the United Kingdom (exact 1.228 and 1.044). Raises DosingError from 140
    years.

    >>> str(cockcroft_gault(Quantity.parse("68 years", ("year",)), Quantity.parse("75 kg"), "male",
    ...     Quantity.parse("1 mg/dL")))
    '75 mL/min'
    """
    years, level = 140 - _years(age), _level(creatinine)
    if years <= 0:
        raise DosingError("the clearance of Cockcroft and Gault is defined below 140 years")
    if creatinine.unit == "umol/L":
        factor = _by_sex(sex, Fraction(123, 100), Fraction(104, 100))
    else:
        factor = _by_sex(sex, Fraction(1), Fraction(85, 100)) / 72
    return Quantity(years * _kg(weight) * factor / level, "mL/min")


def ckd_epi_2021(age: Quantity, sex: Sex, creatinine: Quantity) -> Fraction:
    """Compute the estimated filtration rate in mL/min/1.73 m2, rounded half up to 0.1.

    142 x min(Scr/k, 1)^a x max(Scr/k, 1)^-1.2 x 0.9938^age, x 1.012 for women; k 0.7 and a -0.241
    for women, 0.9 and -0.302 for men (Inker LA et al., N Engl J Med 2021;385:1737-49). A number:
    its unit is not among those of doses. Raises DosingError below 18 years. For staging; drugs are
    dosed by Cockcroft and Gault.
    """
    years, level = _years(age), _level(creatinine)
    if years < 18:  # noqa: PLR2004 - the formula's own domain
        raise DosingError("the filtration rate of CKD-EPI 2021 is defined from 18 years")
    ratio = level / (_UMOL_PER_MG_DL if creatinine.unit == "umol/L" else 1)
    ratio /= _by_sex(sex, Fraction(9, 10), Fraction(7, 10))
    power = _by_sex(sex, Decimal("-0.302"), Decimal("-0.241")) if ratio < 1 else Decimal("-1.2")
    product = _power(ratio, power)
    product = _ROOTS.multiply(product, _power(Fraction("0.9938"), _decimal(years)))
    product = _ROOTS.multiply(product, Decimal(142))
    product = _ROOTS.multiply(product, _by_sex(sex, Decimal(1), Decimal("1.012")))
    return Fraction(product.quantize(Decimal("0.1"), context=_ROOTS))


def _cm(height: Quantity) -> Fraction:
    return number_in("cm", height, "height", "172")


def _kg(weight: Quantity) -> Fraction:
    return number_in("kg", weight, "weight", "70.5")


def _years(age: Quantity) -> Fraction:
    newborn = isinstance(age, Quantity) and age.unit == "year" and age.number == 0
    return Fraction(0) if newborn else number_in("year", age, "age", "70")


def _level(creatinine: Quantity) -> Fraction:
    """Give the number of a creatinine in its own unit, one of the two that formulas are for."""
    if not isinstance(creatinine, Quantity) or creatinine.unit not in CREATININE_UNITS:
        accepted = " or ".join(CREATININE_UNITS)
        raise QuantityError(f"creatinine: {shown(str(creatinine))} is not in {accepted}")
    return number_in(creatinine.unit, creatinine, "creatinine", "80")


def _by_sex(sex: Sex, man: T, woman: T) -> T:
    """Give the constant of a formula for a sex; raises QuantityError for anything else."""
    match sex:
        case "male":
            return man
        case "female":
            return woman
        case _:
            raise QuantityError(f'sex: {shown(str(sex))} is not accepted; write "male" or "female"')


def _decimal(value: Fraction) -> Decimal:
    return _ROOTS.divide(Decimal(value.numerator), Decimal(value.denominator))


def _power(base: Fraction, exponent: Decimal) -> Decimal:
    return _ROOTS.power(_decimal(base), exponent)


def _surface(factor: str, weight: tuple[Quantity, str], height: tuple[Quantity, str]) -> Quantity:
    """Multiply the powers, and round half up to 0.01 m2."""
    product = _ROOTS.multiply(
        _power(_kg(weight[0]), Decimal(weight[1])), _power(_cm(height[0]), Decimal(height[1]))
    )
    product = _ROOTS.multiply(product, Decimal(factor))
    return Quantity(Fraction(product.quantize(Decimal("0.01"), context=_ROOTS)), "m2")
