"""A course is changed, saved, reopened, released and exported at random, against a calendar.

The calendar is a model of one that honours UID and SEQUENCE, as Evolution, khal and CalDAV
servers do. Whatever happens: no duplicate, nothing stale, no cancellation missed.
"""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from posology import library as files
from posology import record
from posology.course.changes import in_force
from posology.course.inputs import make
from posology.course.reading import read_change
from posology.errors import CourseError
from posology.export.calendar import calendar
from posology.export.table import COLUMNS, rows
from posology.model import (
    Delay,
    Extend,
    Give,
    Hold,
    Measures,
    Move,
    Reduce,
    Replan,
    Resume,
    Stock,
    Stop,
    Switch,
    Undo,
)
from posology.model.finding import named
from posology.model.site import Region
from posology.model.zone import Zone

_SHIPPED, SITE = files.load(), files.read_site()
PHASED = files.read_regimen(Path(__file__).with_name("phased.yaml"))
LIBRARY = _SHIPPED._replace(regimens={**_SHIPPED.regimens, "phased": PHASED})
OTHER = SITE._replace(
    site=SITE.site.model_copy(
        update={
            "products": {
                **SITE.site.products,
                "immunoglobulin": (Stock.parse("octagam"),),
                "dexamethasone": SITE.site.products["dexamethasone"],
            },
            "entry_minutes": 45,
            "time_zone": Zone.parse("America/New_York"),
            "region": Region.parse("US-NY"),
        }
    ),
    sha256="0" * 64,
)
"""Another hospital: another brand, another zone, other entries of a calendar."""
NAMES = ("A. Smith", "Ángela Ó Núñez", "李 小龙", "Мария И.", "O'Neil-Smith")
ODD = ("1.0000001 g", "12.5 g", "0.001 mg", "999999 mcg", "3 g")
COURSES = [
    {
        "regimen": "scleromyxedema-ivig", "weight": "70 kg", "start": "2027-03-22", "cycles": 2,
        "choices": {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-4"},
    },
    {
        "regimen": "myeloma-bortezomib-dexamethasone", "weight": "70 kg", "height": "170 cm",
        "start": "2027-03-22", "cycles": 2,
    },
    {"regimen": "phased", "weight": "70 kg", "start": "2027-03-22", "cycles": 3},
]  # fmt: skip
FIRST = date(2027, 3, 22)
PROPERTY = re.compile(r"^(UID|SEQUENCE|STATUS|SUMMARY)[^:\n]*:(.*)$", re.MULTILINE)
START = re.compile(r"^DTSTART(?:;TZID=([^:\n]+)|;VALUE=DATE)?:(\d{8}(?:T\d{6})?)Z?$", re.MULTILINE)


def parsed(content):
    """Read a calendar's events: UID, SEQUENCE, status, start in UTC, summary.

    A calendar of another zone shows the same moment by another clock.
    """
    text = content.decode().replace("\r\n ", "").replace("\r\n", "\n")
    found = []
    for part in text.split("BEGIN:VEVENT\n")[1:]:
        one, (zone, start) = dict(PROPERTY.findall(part)), START.search(part).groups()
        local = datetime.fromisoformat(start).replace(tzinfo=Zone.parse(zone).info if zone else UTC)
        at = f"{local.astimezone(UTC):%Y%m%dT%H%M%S}" if "T" in start else start
        found.append((one["UID"], int(one["SEQUENCE"]), one["STATUS"], at, one["SUMMARY"]))
    return found


def recorded(computed):
    """Give the cells of each administration, without those that tell of the export."""
    of_the_export = {"status", "revision", "course_sha256", "regimen_version", "regimen_sha256",
                     "formulary_sha256", "own_drugs"}  # fmt: skip
    return [
        tuple(cell for name, cell in zip(COLUMNS, row, strict=True) if name not in of_the_export)
        for row in rows(computed)
    ]


class Client:
    """A calendar program: takes an event whose SEQUENCE is above that which it has.

    A lenient one takes it where it is the same, too.
    """

    def __init__(self, *, lenient):
        self.events = {}
        self.lenient = lenient

    def take(self, content):
        for uid, sequence, *rest in parsed(content):
            has = self.events[uid][0] if uid in self.events else -1
            if sequence > has or (self.lenient and sequence == has):
                self.events[uid] = (sequence, *rest)

    @property
    def shown(self):
        return sorted(
            (start, summary)
            for _, status, start, summary in self.events.values()
            if status != "CANCELLED"
        )


class CourseMachine(RuleBasedStateMachine):
    """One course from its first plan on; ``counts`` is of all lives."""

    def __init__(self):
        super().__init__()
        self.counts["runs"] += 1
        self.kept = None
        self.clients = [Client(lenient=False), Client(lenient=True)]
        self.old = []
        self.given = {}
        self.rows = {}
        self.site = SITE
        self.plan = None

    @precondition(lambda self: self.kept is None)
    @rule(course=st.sampled_from(COURSES), form=st.booleans())
    def begin(self, course, form):
        self.at = datetime(2027, 3, 1, 9, tzinfo=UTC)
        self.kept, _ = record.begin(
            make(**course), LIBRARY, SITE, id_=UUID(int=1 << 100), at=self.at, compact=form
        )

    def computed(self):
        if self.plan is None or self.plan[0] is not self.kept:
            self.plan = (self.kept, record.planned(self.kept, LIBRARY, self.site))
        return self.plan[1]

    def revise(self, change):
        self.at += timedelta(hours=3)
        try:
            kept, _ = record.revise(self.kept, change, LIBRARY, self.site, self.at)
        except CourseError:
            return False
        assert record.read(record.exact_content(kept)) == kept
        self.kept = kept
        self.counts["taken"] += 1
        return True

    def why(self, **more):
        return {"on": self.at.date(), "reason": "x", **more}

    @precondition(lambda self: self.kept)
    @rule(
        what=st.sampled_from(["cycle 1", "cycle 2", "from cycle 2", "from 2027-04-01"]),
        days=st.integers(1, 12),
    )
    def delay(self, what, days):
        self.revise(Delay(**self.why(what=what, days=days)))

    @precondition(lambda self: self.kept)
    @rule(place=st.integers(0, 30), days=st.integers(-3, 3))
    def move(self, place, days):
        planned = self.computed().administrations
        if planned:
            one = planned[place % len(planned)]
            to = one.at.date() + timedelta(days=days)
            signed = {"by": "A. Smith", "checked_by": "B. Jones"}
            self.revise(Move(**self.why(what=str(one.slot), to=to, **signed)))

    @precondition(lambda self: self.kept)
    @rule(day=st.integers(0, 60), order=st.sampled_from(["", "", " of dexamethasone"]))
    def hold(self, day, order):
        self.revise(Hold(**self.why(what=f"from {FIRST + timedelta(day)}{order}")))

    @precondition(lambda self: self.kept)
    @rule(day=st.integers(0, 90), missed=st.sampled_from(["left out", "postponed"]))
    def resume(self, day, missed):
        self.revise(Resume(**self.why(what=f"from {FIRST + timedelta(day)}", missed=missed)))

    @precondition(lambda self: self.kept)
    @rule(day=st.integers(20, 90), order=st.sampled_from(["", " of bortezomib"]))
    def stop(self, day, order):
        self.revise(Stop(**self.why(what=f"from {FIRST + timedelta(day)}{order}")))

    @precondition(lambda self: self.kept)
    @rule(cycles=st.integers(1, 2))
    def extend(self, cycles):
        self.revise(Extend(**self.why(cycles=cycles)))

    @precondition(lambda self: self.kept)
    @rule(cycle=st.integers(1, 3), weight=st.integers(60, 80))
    def weigh(self, cycle, weight):
        values = {"weight": f"{weight} kg"}
        self.revise(Measures(**self.why(what=f"from cycle {cycle}", values=values)))

    @precondition(lambda self: self.kept)
    @rule(
        cycle=st.integers(1, 2),
        to=st.sampled_from(["1 mg/m2 each", "1 mg/m2 each", "0.7 mg/m2 each", "1.3 mg/m2 each"]),
    )
    def reduce(self, cycle, to):
        """Without two names no dose rises: a later step is never undone by an earlier one."""
        before = {one.slot: one.dose.amount for one in self.computed().administrations}
        what = f"from cycle {cycle} of bortezomib"
        if self.revise(Reduce(**self.why(what=what, to=to))):
            self.counts["reduced"] += 1
            for one in self.computed().administrations:
                assert one.dose.amount <= before.get(one.slot, one.dose.amount)

    @precondition(lambda self: self.kept)
    @rule(cycle=st.integers(1, 3), to=st.sampled_from(["octagam", "privigen", "privigen (5 g)"]))
    def switch(self, cycle, to):
        what = f"from cycle {cycle} of immunoglobulin"
        self.counts["switched"] += self.revise(Switch(**self.why(what=what, to=to)))

    @precondition(lambda self: self.kept)
    @rule(
        name=st.sampled_from(NAMES), amount=st.sampled_from(["", "", *ODD]),
        lot=st.text(st.characters(exclude_categories=("C", "Z")), max_size=12),
        product=st.sampled_from(["", "", "octagam", "gammagard"]),
        how=st.sampled_from(["", "", "second", "correction"]),
    )  # fmt: skip
    def chart(self, name, amount, lot, product, how):
        """Record a dose as a person types it: with a lot, another product, an odd amount."""
        computed = self.computed()
        doses = [one for one in computed.administrations if bool(one.recorded) == bool(how)]
        if not doses:
            return
        one = doses[0]
        self.at = max(self.at, one.at.astimezone(UTC))
        texts = {
            "dose": str(one.slot), "amount": amount, "lot": lot, "by": name, "reason": "chart",
            "product": product if one.order.drug == "immunoglobulin" else "", "as": how,
        }  # fmt: skip
        if how == "second":
            texts["at"] = "23:45"
        try:
            change = read_change("given", texts, computed, self.today())
        except CourseError:
            return
        if self.revise(change):
            self.counts["charted"] += 1
            for slot, written in change.doses.items():
                self.given[str(slot)] = (written.amount.plain, written.moment.replace(tzinfo=None))
                self.rows.pop(str(slot), None)
            self.remember()

    def today(self):
        return f"{self.at.astimezone(self.site.site.time_zone.info):%Y-%m-%d}"

    def remember(self):
        """Keep what each export says of the recorded doses."""
        for key, row in self.shown().items():
            self.rows.setdefault(key, row)

    def shown(self):
        computed = self.computed()
        return {
            str(one.slot): row
            for one, row in zip(computed.administrations, recorded(computed), strict=True)
            if one.recorded and one.recorded.moment
        }

    @precondition(lambda self: self.kept)
    @rule()
    def undo(self):
        before = [one.change for one in self.kept.revisions[1:]]
        if self.revise(Undo(**self.why())):
            last = in_force(before)[-1]
            for slot in last.doses if last.kind == "give" else ():
                self.given.pop(str(slot), None)
                self.rows.pop(str(slot), None)
            self.given |= {
                str(slot): (each.amount.plain, each.moment.replace(tzinfo=None))
                for one in in_force([each.change for each in self.kept.revisions[1:]])
                for slot, each in (one.doses.items() if one.kind == "give" else ())
                if each and each.moment
            }
            self.remember()

    @precondition(lambda self: self.kept)
    @rule(site=st.sampled_from([SITE, OTHER]))
    def replan(self, site):
        """Plan again, also at another hospital: with another brand, in another zone."""
        before, self.site = self.site, site
        if not self.revise(Replan(**self.why())):
            self.site = before

    @precondition(lambda self: self.kept)
    @rule(how=st.sampled_from(["whole", "part", "not"]))
    def give(self, how):
        """Record the first dose that is still open, on its day."""
        still = [one for one in self.computed().administrations if not one.recorded]
        if not still:
            return
        one = still[0]
        self.at = max(self.at, one.at.astimezone(UTC))
        part = (one.amount / (1 if how == "whole" else 2)).plain
        text = f"{part} on {one.at:%Y-%m-%d} at {one.at:%H:%M}" if how != "not" else "not given"
        if self.revise(Give(**self.why(doses={str(one.slot): text}))) and how != "not":
            self.given[str(one.slot)] = (part, one.at.replace(tzinfo=None))

    @precondition(lambda self: self.kept)
    @rule()
    def save_and_reopen(self):
        raw = record.content(self.kept)
        again = record.read(raw)
        assert again == self.kept
        self.kept = again

    @precondition(lambda self: self.kept)
    @rule()
    def release(self):
        computed = self.computed()
        codes = dict.fromkeys(named(computed.findings), "")
        still = [one for one in computed.administrations if not one.recorded]
        weight = list({one.weight.plain for one in still}) or [computed.patient.weight.plain]
        signed = {"by": "A. Smith", "checked_by": "B. Jones", "weight": weight,
                  "regimen": computed.course.regimen}  # fmt: skip
        self.at += timedelta(hours=1)
        if computed.stopped or computed.released:
            with pytest.raises(CourseError):
                record.release(self.kept, computed, **signed, acknowledged=codes, at=self.at)
            return
        self.kept = record.release(self.kept, computed, **signed, acknowledged=codes, at=self.at)
        self.counts["released"] += 1
        assert self.computed().released

    @precondition(lambda self: self.kept)
    @rule(second=st.booleans())
    def export(self, second):
        """Into the first calendar each time, into the second only sometimes."""
        self.into(1 + second)

    def into(self, number):
        computed = self.computed()
        if computed.stopped:
            return
        self.counts["exports"] += 1
        content = calendar(computed)
        events = parsed(content)
        assert len({uid for uid, *_ in events}) == len(events), "a duplicate"
        for client in self.clients[:number]:
            client.take(content)
            active = sorted((start, summary) for _, _, status, start, summary in events
                            if status != "CANCELLED")  # fmt: skip
            assert client.shown == active, "stale, or a cancellation was missed"
            before = dict(client.events)
            client.take(content)
            for old in (content, *self.old):
                client.take(old)
                assert client.events == before, "taken twice, or an old one, it changed"
        ever = {uid for old in self.old for uid, *_ in parsed(old)}
        assert ever <= {uid for uid, *_ in events}, "an entry once exported is gone"
        if record.issued(self.kept).compact is False:
            starts = sorted(
                f"{one.at.astimezone(UTC):%Y%m%dT%H%M%S}" for one in computed.administrations
            )
            to_do = [f"{item.on:%Y%m%d}" for item in computed.items]
            assert sorted(start for start, _ in self.clients[0].shown) == sorted(starts + to_do)
        self.old.append(content)

    def teardown(self):
        """Whatever has happened, what the calendar shows in the end is the plan."""
        if not self.kept:
            return
        if self.computed().stopped:  # what is stopped can always be cancelled, and then leaves
            self.at = max(
                self.at, *(one.at.astimezone(UTC) for one in self.computed().administrations)
            )
            day = self.today()  # that of the last dose
            open_ = [one for one in self.computed().administrations if not one.recorded]
            missed = {str(one.slot): "not given" for one in open_ if str(one.at.date()) < day}
            if missed:
                assert self.revise(Give(**self.why(doses=missed)))
            if len(missed) < len(open_):
                assert self.revise(Stop(**self.why(what=f"from {day}")))
        assert not self.computed().stopped
        self.into(2)

    @precondition(lambda self: self.kept)
    @invariant()
    def totals_and_windows_hold(self):
        computed = self.computed()
        slots = [str(one.slot) for one in computed.administrations]
        assert len(set(slots)) == len(slots)
        for total in computed.totals:
            own = [one for one in computed.administrations if one.slot.order == total.order]
            assert total.administrations == len(own)
            unit = total.dispensed.unit
            assert total.dispensed.number == sum(one.amount.to(unit).number for one in own)
        shown = self.shown() if self.rows else {}
        assert self.rows.items() <= shown.items(), "what was given has changed"
        kept = {
            str(one.slot): (one.amount.plain, one.at.replace(tzinfo=None))
            for one in computed.administrations if one.recorded
        }  # fmt: skip
        assert self.given.items() <= kept.items()
        last = self.kept.revisions[-1].change
        if computed.stopped:  # only by what was given, or by less than that, never by more
            assert last is not None
            assert any(one.change and one.change.kind in {"give", "undo"}
                       for one in self.kept.revisions)  # fmt: skip


@pytest.mark.parametrize(
    ("number", "lives"),
    [(0, 32), *(pytest.param(number, 492, marks=pytest.mark.thorough) for number in range(1, 5))],
)
def test_a_course_over_its_life(number, lives):
    """32 lives in the quick tier and 2,000 in all; the same ones each time, by their number."""
    counts = {"runs": 0, "exports": 0, "taken": 0, "released": 0, "charted": 0,
              "switched": 0, "reduced": 0}  # fmt: skip
    machine = seed(number)(type("Lives", (CourseMachine,), {"counts": counts}))
    how = settings(
        max_examples=lives, stateful_step_count=8, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=how)
    assert counts["runs"] >= lives
    assert counts["exports"] > lives
    assert counts["released"] > lives / 10
    if number:
        assert min(counts["charted"], counts["switched"], counts["reduced"]) > lives / 50
