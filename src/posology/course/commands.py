"""The changes that a person types: their words, and what each of them takes.

The command line and the page offer these, and ``reading`` reads them. Imports nothing, so that
``posology --help`` starts fast.
"""

TYPE_CHECKING = False  # importing typing for it would cost a third of "posology --help"
if TYPE_CHECKING:
    from collections.abc import Mapping


class Option:
    """A text that a change takes."""

    def __init__(
        self, metavar: str, about: str, label: str, example: str, *, several: bool = False
    ) -> None:  # fmt: skip
        """Keep its words.

        ``metavar`` and ``about`` are for the command line, ``label`` and ``example`` for the page.
        ``several``: it may be entered more than once.
        """
        self.metavar = metavar
        self.about = about
        self.label = label
        self.example = example
        self.several = several


class Command:
    """A change as it is typed."""

    def __init__(
        self, kind: str, label: str, about: str, *, takes: tuple[str, ...], example: str
    ) -> None:  # fmt: skip
        """Keep its words, and the kind of Change that it becomes.

        ``takes`` names its options, besides those of ALWAYS. ``example`` is what may be typed
        after the command; a test runs it.
        """
        self.kind = kind
        self.label = label
        self.about = about
        self.takes = takes
        self.example = example


COMMANDS: "Mapping[str, Command]" = {
    "measures": Command(
        "measures", "New measures", "new measures of the patient",
        takes=("weight", "weighed", "set", "from_cycle", "of"),
        example='--weight "75 kg" --from-cycle 3 --reason weighed',
    ),
    "delay": Command(
        "delay", "Delay", "put doses some days later",
        takes=("days", "dose", "cycle", "from_cycle", "from", "of"),
        example="--days 7 --from-cycle 3 --reason neutropenia",
    ),
    "move": Command(
        "move", "Move one dose", "one dose to another day or time",
        takes=("dose", "to", "at"),
        example='--dose immunoglobulin.c2.d1.t1 --to 2027-02-10 --reason "bank holiday"',
    ),
    "reduce": Command(
        "reduce", "Reduce", "another dose: a step that the regimen defines",
        takes=("to", "cycle", "from_cycle", "of"),
        example='--to "1 mg/m2 each" --from-cycle 3 --of bortezomib --reason neuropathy',
    ),
    "raise": Command(
        "raise", "Raise", "a higher dose: a step up that the regimen defines",
        takes=("to", "cycle", "from_cycle", "of"),
        example='--to "2.2 g/kg per cycle" --from-cycle 3 --of immunoglobulin '
        '--reason "no response" --by "A. Smith" --checked-by "B. Jones"',
    ),
    "product": Command(
        "switch", "Other product", "another product of a drug, such as another brand",
        takes=("to", "dose", "cycle", "from_cycle", "from", "of"),
        example="--to octagam --from-cycle 3 --of immunoglobulin --reason shortage",
    ),
    "hold": Command(
        "hold", "Hold", "give nothing until it is resumed",
        takes=("from", "of"),
        example="--from 2027-03-01 --reason infection",
    ),
    "resume": Command(
        "resume", "Resume", "give again what was held",
        takes=("from", "missed", "of"),
        example="--from 2027-03-15 --missed postponed --reason recovered",
    ),
    "stop": Command(
        "stop", "Stop", "ends an order, or the course",
        takes=("from", "of"),
        example="--from 2027-03-01 --reason progression",
    ),
    "travel": Command(
        "travel", "Another time zone", "doses of some days keep the clock times of another zone",
        takes=("from", "until", "to", "of"),
        example="--from 2027-02-01 --until 2027-02-21 --to America/New_York --reason journey",
    ),
    "extend": Command(
        "extend", "More cycles", "adds cycles",
        takes=("cycles",),
        example="--cycles 2 --reason response",
    ),
    "given": Command(
        "give", "Record as given", "records what was given",
        takes=("dose", "until", "amount", "day", "at", "product", "lot", "expiry", "as", "of"),
        example='--until 2027-02-01 --reason "as on the chart"',
    ),
    "not-given": Command(
        "give", "Record as not given", "records a missed dose",
        takes=("dose",),
        example="--dose immunoglobulin.c2.d1.t1 --reason fever",
    ),
    "replan": Command(
        "replan", "Plan again", "plan again with today's regimen and site",
        takes=("choose",),
        example='--reason "new version"',
    ),
    "undo": Command(
        "undo", "Take the last change back", "takes the last change back",
        takes=(),
        example='--reason "typed for another course"',
    ),
}  # fmt: skip

OPTIONS: "Mapping[str, Option]" = {
    "reason": Option("TEXT", "why; needed for every change; nothing that names the patient",
        "Reason", ""),
    "on": Option("DATE", "when it was decided; default: today",
        "Decided on, if not today", "2026-11-20"),
    "by": Option("NAME", "who decides; a pharmacist's name or initials", "By", ""),
    "checked_by": Option("NAME", "the second name, for an exception",
        "Second name, for an exception", ""),
    "dose": Option("ID", "one dose, as in immunoglobulin.c2.d1.t1; posology course lists them",
        "One dose, its id", "immunoglobulin.c2.d1.t1", several=True),
    "cycle": Option("N", "one cycle", "One cycle", "3"),
    "from_cycle": Option("N", "this cycle and all later", "This cycle and all later", "3"),
    "from": Option("DATE", "this day and all later", "This day and all later", "2027-03-01"),
    "until": Option("DATE", "given: all that was planned to this day; travel: the last day",
        "To this day", "2027-02-01"),
    "of": Option("ORDER", "only this order", "Only this order", "its id, where there are several"),
    "days": Option("N", "by how many days", "By how many days", "7"),
    "to": Option("VALUE", 'the day; the dose, as in "1 mg/m2 each"; the product; or the zone',
        "To", "2027-02-10, 1 mg/m2 each, octagam, or America/New_York"),
    "at": Option("TIME", "the clock time, as in 08:00", "At", "08:00"),
    "day": Option("DATE", "the day it was given, if another", "Day, if another", "2027-02-10"),
    "amount": Option("AMOUNT", "how much was given, if not all", "Amount, if not all", "12 g"),
    "product": Option("PRODUCT", "which product was given, if not the planned one",
        "Product, if another", "octagam"),
    "lot": Option("TEXT", "its lot, as on the pack", "Lot", "P100256789"),
    "expiry": Option("DATE", "the day to which it may be used", "Expiry", "2028-03-31"),
    "as": Option("HOW", "correction: the record was wrong; second: the dose was given once more",
        "It is recorded already: this is", "correction or second"),
    "missed": Option("HOW", "left-out or postponed", "What was missed", "left-out or postponed"),
    "cycles": Option("N", "how many cycles more", "How many more", "2"),
    "weight": Option("WEIGHT", "the new weight", "New weight", "75 kg"),
    "weighed": Option("DATE", "the day of the new weight", "Weighed on", "2027-03-01"),
    "set": Option("MEASURE=VALUE", 'another measure, as in "creatinine=90 umol/L"',
        "Other measure", "creatinine=90 umol/L", several=True),
    "choose": Option("ORDER.FIELD=VALUE", "settle what today's regimen leaves open",
        "What today's regimen leaves open", "lenalidomide.market=eu", several=True),
}  # fmt: skip

ALWAYS = ("reason", "on", "by", "checked_by")
"""What every change takes."""


def option(name: str) -> str:
    """Write the name of an option as the command line takes it: ``--from-cycle``."""
    return f"--{name.replace('_', '-')}"
