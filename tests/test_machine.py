"""A course is changed, saved, reopened, released and exported at random, against a calendar.

The calendar is a model of one that honours UID and SEQUENCE, as Evolution, khal and CalDAV
servers do. Whatever happens: no duplicate, nothing stale, no cancellation missed.
"""

import re
from datetime import UTC, date, datetime, timedelta
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
from posology.errors import CourseError
from posology.export.calendar import calendar
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
    Stop,
    Undo,
)

LIBRARY, SITE = files.load(), files.read_site()
COURSES = [
    {
        "regimen": "scleromyxedema-ivig", "weight": "70 kg", "start": "2027-03-22", "cycles": 2,
        "choices": {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-4"},
    },
    {
        "regimen": "myeloma-bortezomib-dexamethasone", "weight": "70 kg", "height": "170 cm",
        "start": "2027-03-22", "cycles": 1,
    },
]  # fmt: skip
FIRST = date(2027, 3, 22)
PROPERTY = re.compile(r"^(UID|SEQUENCE|STATUS|SUMMARY|DTSTART)[^:\n]*:(.*)$", re.MULTILINE)


def parsed(content):
    """Read a calendar's events: UID, SEQUENCE, status, start, summary."""
    text = content.decode().replace("\r\n ", "").replace("\r\n", "\n")
    events = [dict(PROPERTY.findall(part)) for part in text.split("BEGIN:VEVENT\n")[1:]]
    return [
        (one["UID"], int(one["SEQUENCE"]), one["STATUS"], one["DTSTART"], one["SUMMARY"])
        for one in events
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
            self.plan = (self.kept, record.planned(self.kept, LIBRARY, SITE))
        return self.plan[1]

    def revise(self, change):
        self.at += timedelta(hours=3)
        try:
            kept, _ = record.revise(self.kept, change, LIBRARY, SITE, self.at)
        except CourseError:
            return False
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
    @rule(cycle=st.integers(1, 3))
    def reduce(self, cycle):
        self.revise(Reduce(**self.why(what=f"from cycle {cycle} of bortezomib", to="1 mg/m2 each")))

    @precondition(lambda self: self.kept)
    @rule()
    def undo(self):
        before = [one.change for one in self.kept.revisions[1:]]
        if self.revise(Undo(**self.why())):
            last = in_force(before)[-1]
            for slot in last.doses if last.kind == "give" else ():
                self.given.pop(str(slot), None)

    @precondition(lambda self: self.kept)
    @rule()
    def replan(self):
        self.revise(Replan(**self.why()))

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
            self.given[str(one.slot)] = (part, one.at)

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
        codes = {one.code: "" for one in computed.findings if one.level == "review"}
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
            starts = sorted(f"{one.at:%Y%m%dT%H%M%S}" for one in computed.administrations)
            assert [start for start, _ in self.clients[0].shown] == starts
        self.old.append(content)

    def teardown(self):
        """Whatever has happened, what the calendar shows in the end is the plan."""
        if not self.kept:
            return
        if self.computed().stopped:  # what is stopped can always be cancelled, and then leaves
            self.at = max(
                self.at, *(one.at.astimezone(UTC) for one in self.computed().administrations)
            )
            for one in self.computed().administrations:
                if not one.recorded and one.at.date() < self.at.date():
                    self.revise(Give(**self.why(doses={str(one.slot): "not given"})))
            still = [one for one in self.computed().administrations if not one.recorded]
            if still:
                assert self.revise(Stop(**self.why(what=f"from {self.at.date()}")))
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
            assert total.dispensed.number == sum(one.amount.number for one in own)
        kept = {str(one.slot): (one.amount.plain, one.at) for one in computed.administrations
                if one.recorded}  # fmt: skip
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
    counts = {"runs": 0, "exports": 0, "taken": 0, "released": 0}
    machine = seed(number)(type("Lives", (CourseMachine,), {"counts": counts}))
    how = settings(
        max_examples=lives, stateful_step_count=8, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=how)
    assert counts["runs"] >= lives
    assert counts["exports"] > lives
    assert counts["released"] > lives / 10
