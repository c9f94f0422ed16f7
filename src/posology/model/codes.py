"""The code of every finding, with its meaning; ``docs/findings.md`` is made from this table."""

from collections.abc import Mapping
from types import MappingProxyType

_LENGTHS = {
    "dose": "one dose",
    "day": "the doses of one day",
    "week": "the doses of seven days",
    "28-days": "the doses of 28 days",
    "cycle": "the doses of a cycle",
    "course": "the doses of the whole course",
}
MEASURED = ("weight", "creatinine", "counts")
"""The measures whose age is judged."""

CODES: Mapping[str, str] = MappingProxyType(
    {
        # A regimen file, before any patient.
        "basis-empty": "The dose is per cycle or per day, but the cycle or the day has one dose.",
        "basis-not-quoted": "The quote states another basis: each, per day or per cycle.",
        "bedtime-twice": "An order at bedtime is given more than once a day.",
        "case-empty": "A worked case expects nothing.",
        "case-failed": "A worked case has another result than expected.",
        "cases-few": "The regimen has fewer worked cases than it needs.",
        "cases-missing": "The regimen has no worked case.",
        "choice-wrong": "A choice offers one option, or a row of a table names no market of it.",
        "course-too-long": "An order has more doses, or more years, than a plan can hold.",
        "day-beyond-cycle": "A day lies beyond the end of its cycle.",
        "days-not-quoted": "The quote states other days.",
        "dose-missing": "An order has no dose and no table of doses, or both.",
        "dose-not-stated": "The source gives no dose, so the regimen cannot be computed.",
        "drug-unknown": "The formulary has no entry of this drug.",
        "erratum": "The source has a printing error; check how we read it.",
        "erratum-needless": "The order has an erratum but gives the dose as printed.",
        "erratum-not-printed": "The quote does not contain what the erratum calls printed.",
        "erratum-plausible": "The printed dose is plausible, so it may be no error.",
        "inferred": "The quote does not say this; the regimen gives the reason.",
        "item-undated": "A test or supply has no day, or two kinds of day.",
        "items-unproven": "No worked case lists the tests and supplies on their days.",
        "later-beside-table": "An order has both a table of doses and later starts.",
        "later-per-cycle": "A dose that changes later is stated per cycle.",
        "later-unordered": "The later starts are not in rising order, or mix cycles and days.",
        "limit-unit": "A limit has another kind of unit than the dose.",
        "not-makeable": "The dose takes many containers, or a small part of one.",
        "not-quoted": "The quote does not contain the value.",
        "order-twice": "Two orders have the same name.",
        "product-missing": "No product of the drug is measured in the unit of the dose.",
        "quote-unread": "A number, a sign or a rhythm of the quote cannot be read.",
        "regimen-draft": "No second person has reviewed the regimen.",
        "replacement-missing": "A retired regimen does not name the one that replaces it.",
        "review-lapsed": "The regimen has changed since it was reviewed.",
        "review-missing": "The regimen says that it is reviewed, but not by whom, or the reverse.",
        "rhythm-not-quoted": "The quote states another rhythm.",
        "route-not-quoted": "The quote states another route.",
        "route-unknown": "The formulary does not list this route for the drug.",
        "salt-unknown": "No product of the drug is stated in this salt.",
        "source-unknown": "The file names a source that it does not list.",
        "source-unseen": "We have not read this source.",
        "start-not-quoted": "The quote does not state the later start.",
        "step-not-down": "A step of a reduction is not below the one before it.",
        "times-not-quoted": "The quote states another number of doses a day.",
        "tolerance-not-days": "The tolerance is not a number of days.",
        "unclear": "The source is unclear; the regimen says how we read it.",
        "volume": "The volume of one dose is large for its route.",
        "window-missing": "The formulary has no limits for a dose in this unit, or none over time.",
        # A drug file.
        "combinations-differ": "An own table of combinations lacks what the shipped one says.",
        "drug-differs": "An own drug file lacks what the shipped one says, or says otherwise.",
        "drug-own": "A drug file is not the shipped one.",
        "example-failed": "A worked example of a drug has another result than expected.",
        "product-unknown": "The drug file names a product that it does not list.",
        "supply-unsaid": "The text of a supply does not state how long the supply may last.",
        "verdict-failed": "A worked verdict of a limit has another result than expected.",
        "verdict-missing": "A limit has no worked verdict at or beyond it.",
        "window-inside-out": "The usual range is not within the absolute range.",
        # A site file.
        "clock-near": "Two clock times of a day are closer than the least between two doses.",
        "site-far": "A number is ten times that of the example file or more, or a tenth or less.",
        "site-unknown": "The site file names a drug or a product that the formulary does not have.",
        "site-order": "A review begins beyond the limit at which a plan stops.",
        # A dose in words.
        "not-stated": "No source of the library states this dose.",
        "print-ambiguous": "The text is read, but can be misread in print.",
        "printed-error": "A source prints this dose by mistake.",
        "rhythm-not-stated": "The sources state this dose in another rhythm.",
        "rhythm-not-said": "The text does not say how often, so days and weeks are not judged.",
        # The patient.
        "age": "The patient is younger than 18 years.",
        "clearance-high": "The creatinine clearance is very high.",
        "clearance-obese": "The clearance is computed with the actual weight of an obese patient.",
        "height": "The height, or the height with the weight, is unlikely.",
        "policy-exclusion": "The dosing weight policy excludes some patients; check this one.",
        "reference-year": "The reference could be initials and a year of birth.",
        "weight": "The weight lies outside the limits of the site.",
        "weight-below-5": "The new weight differs by less than 5 %.",
        "weight-change": "The weight differs from the last weight by more than 10 %.",
        "weight-from-5": "The new weight differs by 5 % or more.",
        "weight-not-compared": "There is neither a height nor a weight before to compare with.",
        "weight-units": "The weight looks like pounds typed as kg, or kg typed as pounds.",
        **{f"{what}-date": f"The day of the {what} is after the first dose." for what in MEASURED},
        **{
            f"{what}-old": f"The day of the {what} is longer ago than the site allows."
            for what in MEASURED
        },
        **{
            f"{what}-undated": f"The day of the {what} is missing, so its age is not judged."
            for what in MEASURED
        },
        "build-not-judged": "The height is missing, so the body mass index is not judged.",
        "contraindication": "What a patient must be asked before this product is given.",
        "gate": "A count, an organ or the age forbids a dose, or asks for another one.",
        "gate-not-judged": "A measure that must be looked at before a dose is missing.",
        "given-not-judged": "A measure was entered that no rule of the plan uses.",
        # The doses of a plan.
        **{
            f"implausible-{length}": f"The formulary's limits for {words} are not kept."
            for length, words in _LENGTHS.items()
        },
        **{
            f"over-{length}": f"As dispensed, the formulary's limit for {words} is exceeded."
            for length, words in _LENGTHS.items()
        },
        "limit-not-judged": "A limit depends on a measure that is missing.",
        "not-dispensable": "The dose cannot be made of what is in stock.",
        "product-not-named": "The site stocks no product of the drug for this route.",
        "risk-not-judged": "A missing measure decides whether an infusion must run slower.",
        "rounded": "Rounding changes a cycle by more than the site allows without review.",
        "volume-per-site": "The injection is divided over several sites.",
        # The days of a plan.
        "clock-change": "A clock time does not exist, or exists twice, because the clocks change.",
        "clock-missing": "The site names no clock times for this number of doses a day.",
        "clock-times": "Doses keep to the clock when it changes.",
        "clocks-set-anew": "Calendar programs may hold older clock changes of the zone.",
        "cycle-cut": "The course ends within a cycle.",
        "cycle-incomplete": "Doses of a cycle are missing, and are not added to the others.",
        "cycle-split": "The days of a cycle have come apart.",
        "course-long": "The course goes on for longer than the site expects.",
        "cycles-differ": "The cycles of the orders end on different days.",
        "day-far": "A day lies far from the day on which it was entered.",
        "day-not-given": "The day of planning was not given, so no day is compared with it.",
        "day-off": "A dose at the hospital falls on a day off.",
        "day-to-come": "What has happened is dated after the day on which it was entered.",
        "doses-near": "Two doses of a drug are closer than the site expects.",
        "doses-out-of-order": "A dose comes before one that precedes it in the regimen.",
        "doses-overlap": "Two infusions run at the same time.",
        "doses-together": "Two doses of an order fall at the same time.",
        "many-events": "The calendar may be too large for some programs.",
        "too-close": "Two doses are closer than the least time between them.",
        "two-doses-a-day": "Two doses fall on one day of an order given once a day.",
        "working-days": "A dose for working days only falls on another day.",
        # What comes together.
        "combination": "Drugs of the table of combinations overlap.",
        "given-twice": "The patient also takes a drug of the regimen from elsewhere.",
        "live-vaccine": "The first day on which a live vaccine may be given.",
        "other-unknown": "Another medicine is not in the table of combinations.",
        "pregnancy-prevention": "A point to confirm before each supply.",
        "pregnancy-unknown": "It is not known whether pregnancy is possible.",
        "vaccine-table-unknown": "The drug has no vaccine table of the site's name.",
        # A course over time.
        "brand-changed": "An infusion is of another brand than the one before.",
        "brand-not-known": "The brand of an earlier infusion is not known.",
        "computed-differently": "The course is now computed differently than when it was saved.",
        "delayed-alone": "One dose is delayed alone, beyond the tolerance.",
        "split-unsaid": "An older site file does not say whether days are even or containers few.",
        "limits-unsaid": "The site file leaves limits out, so those of the example site are taken.",
        "acceptance-ended": "The regimen or a drug file has changed since the site accepted it.",
        "example-site": "The plan is computed for the example site.",
        "exception": "A change goes beyond what the regimen foresees.",
        "expired": "A dose was given after the expiry of its lot.",
        "given-differs": "The dose given differs much from the dose planned.",
        "items-not-shifted": "Doses have been shifted; tests and supplies have not.",
        "older-form": "An older Posology wrote the course file; some things are not compared.",
        "record-corrected": "The record of a dose was corrected.",
        "formulary-changed": "The drug files are not those that the course file was computed with.",
        "regimen-changed": "The library has a newer version of the regimen.",
        "regimen-retired": "The regimen is retired; another replaces it.",
        "regimen-withdrawn": "The regimen is no longer in the library.",
        "release-lapsed": "Findings have changed since the release.",
        "unrecorded": "A day of doses is over, and nothing is recorded of them.",
    }
)
"""By code, in the order in which they are listed."""
