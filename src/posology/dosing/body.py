"""The body: one function for each published formula of weight, surface and renal function.

Weights in and out are body mass, heights are in cm, ages in years. Where a formula has a root
or a power, the one rounding is a visible step; all else is exact. Which of them a hospital
uses is the site's policy, not decided here.
"""

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from math import isqrt
from types import MappingProxyType

from posology.errors import DosingError
from posology.model.patient import body_mass_index
from posology.quantity import Quantity

_ROOTS = Context(prec=34, rounding=ROUND_HALF_UP)
"""Our own, so that no setting of a thread changes a dose."""
_CM_PER_INCH = Fraction(254, 100)
_LEAST_DEVINE = 60 * _CM_PER_INCH
_UMOL_PER_MG_DL = Fraction(884, 10)
ADJUSTED_PART = Fraction(4, 10)


def _kg(number: Fraction) -> Quantity:
    return Quantity(number, "kg")


def ideal(height: Fraction, sex: str) -> Quantity:
    """Compute the ideal weight: 50 kg (men) or 45.5 kg (women) + 2.3 kg per inch over 5 feet.

    Devine BJ, Drug Intell Clin Pharm 1974;8:650-655, as in Pai MP, Paloucek FP, Ann Pharmacother
    2000;34:1066-9. Raises DosingError below 152.4 cm, for which it was not made.

    >>> str(ideal(Fraction("177.8"), "male"))
    '73 kg'
    """
    if height < _LEAST_DEVINE:
        raise DosingError("the ideal weight of Devine is defined from a height of 152.4 cm")
    base = Fraction(50) if sex == "male" else Fraction(455, 10)
    return _kg(base + Fraction(23, 10) * (height / _CM_PER_INCH - 60))


def adjusted(height: Fraction, weight: Quantity, sex: str) -> Quantity:
    """Compute ideal weight + 0.4 x (actual - ideal); never above the actual weight.

    The factor 0.4 is that of the National Blood Authority, Australia, and others (rxkinetics.com
    gives 20 to 40 %). Raises DosingError where there is no ideal weight.
    """
    actual, best = weight.to("kg").number, ideal(height, sex).number
    return _kg(min(actual, best + ADJUSTED_PART * (actual - best)))


def lean(height: Fraction, weight: Quantity, sex: str) -> Quantity:
    """Compute the lean weight of Janmahasatian S et al., Clin Pharmacokinet 2005;44:1051-65.

    9270 W / (6680 + 216 BMI) for men, 9270 W / (8780 + 244 BMI) for women.
    """
    first, second = (6680, 216) if sex == "male" else (8780, 244)
    actual = weight.to("kg").number
    return _kg(9270 * actual / (first + second * body_mass_index(height, weight)))


def mosteller(height: Fraction, weight: Quantity) -> Quantity:
    """Compute the body surface, rounded half up to 0.01 m2.

    The square root of height x weight / 3,600 (Mosteller RD, N Engl J Med 1987;317:1098).

    >>> str(mosteller(Fraction(170), Quantity.parse("70 kg")))
    '1.82 m2'
    """
    square = height * weight.to("kg").number / 3600
    # The largest n with (n - 1/2)^2 <= 10,000 x square, by integers alone.
    scaled = 4 * 10_000 * square
    root = isqrt(scaled.numerator // scaled.denominator)
    return Quantity(Fraction((root + 1) // 2, 100), "m2")


def du_bois(height: Fraction, weight: Quantity) -> Quantity:
    """0.007184 x W^0.425 x H^0.725 (Du Bois D, Du Bois EF, Arch Intern Med 1916;17:863-71)."""
    return _surface("0.007184", (weight, "0.425"), (height, "0.725"))


def haycock(height: Fraction, weight: Quantity) -> Quantity:
    """0.024265 x W^0.5378 x H^0.3964 (Haycock GB et al., J Pediatr 1978;93:62-6)."""
    return _surface("0.024265", (weight, "0.5378"), (height, "0.3964"))


def gehan_george(height: Fraction, weight: Quantity) -> Quantity:
    """0.0235 x W^0.51456 x H^0.42246 (Gehan EA, George SL, Cancer Chemother Rep 1970;54:225-35)."""
    return _surface("0.0235", (weight, "0.51456"), (height, "0.42246"))


SURFACES = MappingProxyType(
    {
        "mosteller": mosteller,
        "du-bois": du_bois,
        "haycock": haycock,
        "gehan-george": gehan_george,
    }
)


def cockcroft_gault(age: Fraction, weight: Quantity, sex: str, creatinine: Quantity) -> Fraction:
    """Compute the creatinine clearance in mL/min, exact.

    mg/dL: (140 - age) x kg / (72 x creatinine), x 0.85 for women (Cockcroft DW, Gault MH, Nephron
    1976;16:31-41). umol/L: (140 - age) x kg x 1.23 (men) or 1.04 (women) / creatinine, the
    constants in use in the United Kingdom (exact 1.228 and 1.044). Raises DosingError from 140
    years.

    >>> round(cockcroft_gault(
    ...     Fraction(70), Quantity.parse("75 kg"), "male", Quantity.parse("1 mg/dL")), 1)
    Fraction(729, 10)
    """
    years = 140 - age
    if years <= 0:
        raise DosingError("the clearance of Cockcroft and Gault is defined below 140 years")
    man = sex == "male"
    if creatinine.unit == "umol/L":
        factor = Fraction(123, 100) if man else Fraction(104, 100)
    else:
        factor = (Fraction(1) if man else Fraction(85, 100)) / 72
    return years * weight.to("kg").number * factor / creatinine.number


def ckd_epi_2021(age: Fraction, sex: str, creatinine: Quantity) -> Fraction:
    """Compute the estimated filtration rate in mL/min/1.73 m2, rounded half up to 0.1.

    142 x min(Scr/k, 1)^a x max(Scr/k, 1)^-1.2 x 0.9938^age, x 1.012 for women; k 0.7 and a -0.241
    for women, 0.9 and -0.302 for men (Inker LA et al., N Engl J Med 2021;385:1737-49). From 18
    years. For staging; drugs are dosed by Cockcroft and Gault.
    """
    if age < 18:  # noqa: PLR2004 - the formula's own domain
        raise DosingError("the filtration rate of CKD-EPI 2021 is defined from 18 years")
    man = sex == "male"
    level = creatinine.number / (_UMOL_PER_MG_DL if creatinine.unit == "umol/L" else 1)
    ratio = level / (Fraction(9, 10) if man else Fraction(7, 10))
    power = ("-0.302" if man else "-0.241") if ratio < 1 else "-1.2"
    product = _power(ratio, power)
    product = _ROOTS.multiply(product, _power(Fraction("0.9938"), str(_decimal(age))))
    product = _ROOTS.multiply(product, Decimal(142))
    if not man:
        product = _ROOTS.multiply(product, Decimal("1.012"))
    return Fraction(product.quantize(Decimal("0.1"), context=_ROOTS))


def _decimal(value: Fraction) -> Decimal:
    return _ROOTS.divide(Decimal(value.numerator), Decimal(value.denominator))


def _power(base: Fraction, exponent: str) -> Decimal:
    return _ROOTS.power(_decimal(base), Decimal(exponent))


def _surface(factor: str, weight: tuple[Quantity, str], height: tuple[Fraction, str]) -> Quantity:
    """Multiply the powers, and round half up to 0.01 m2."""
    product = _ROOTS.multiply(
        _power(weight[0].to("kg").number, weight[1]), _power(height[0], height[1])
    )
    product = _ROOTS.multiply(product, Decimal(factor))
    return Quantity(Fraction(product.quantize(Decimal("0.01"), context=_ROOTS)), "m2")
