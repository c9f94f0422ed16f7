"""What each kind of change says, whether it is a fact, and why a dose is gone by it."""

from typing import assert_never

from posology.model.change import (
    NOT_GIVEN,
    Change,
    Delay,
    Extend,
    Give,
    Hold,
    Measures,
    Move,
    Raise,
    Reduce,
    Replan,
    Resume,
    Stop,
    Switch,
    Travel,
    Undo,
)
from posology.model.kinds import print_date

# Each function below names every kind of change, so that mypy reports where a new kind is missing.


def describe(change: Change) -> str:  # noqa: C901, PLR0911, PLR0912 - one sentence for each kind
    """Say a change in words: ``delay cycle 3 by 7 days``."""
    match change:
        case Measures():
            listed = ", ".join(f"{name.replace('_', ' ')} {text}" for name, text in
                               sorted(change.values.items()))  # fmt: skip
            return f"{listed}, {change.what.words}"
        case Delay():
            return f"delay {change.what.words} by {change.days} day{'s' if change.days > 1 else ''}"
        case Move():
            at = f" at {change.at:%H:%M}" if change.at else ""
            return f"move {change.what.words} to {print_date(change.to)}{at}"
        case Reduce() | Raise():
            return f"{'raised to ' * (change.kind == 'raise')}{change.to}, {change.what.words}"
        case Switch():
            return f"product {change.to}, {change.what.words}"
        case Resume():
            return f"resume {change.what.words}; what was missed is {change.missed}"
        case Hold() | Stop():
            return f"{change.kind} {change.what.words}"
        case Travel():
            until = print_date(change.until)
            return f"by the clocks of {change.to} {change.what.words} to {until}"
        case Extend():
            return f"{change.cycles} more cycle{'s' if change.cycles > 1 else ''}"
        case Give():
            return "; ".join(f"{slot}: {each or NOT_GIVEN}" for slot, each in change.doses.items())
        case Replan():
            chosen = ", ".join(f"{name} {value}" for name, value in (change.choices or {}).items())
            return f"planned again{', with ' if chosen else ''}{chosen}"
        case Undo():
            return "the last change is taken back"
        case _:
            assert_never(change)


def is_fact(change: Change) -> bool:
    """Tell whether no finding can forbid the change.

    A record of what was given is a fact, and giving less is always allowed.
    """
    match change:
        case Give() | Hold() | Stop() | Undo():
            return True
        case (
            Measures() | Delay() | Move() | Reduce() | Raise() | Switch() | Resume() | Travel()
            | Extend() | Replan()
        ):  # fmt: skip
            return False
        case _:
            assert_never(change)


def needs_effect(change: Change) -> bool:
    """Tell whether the change is refused if it alters no dose."""
    match change:
        case Give() | Replan() | Undo() | Measures():  # measures are judged, also by gates
            return False
        case Reduce() | Raise():
            return not change.exception  # two people may fix a dose at the amount that it has
        case Delay() | Move() | Switch() | Hold() | Resume() | Stop() | Travel() | Extend():
            return True
        case _:
            assert_never(change)


def why_gone(change: Change, slot: str) -> str:
    """Say why a change takes a dose out of the plan, given the id of its slot."""
    match change:
        case Hold():
            return "held"
        case Stop():
            return "stopped"
        case Resume():
            return "left out"
        case Give():
            return NOT_GIVEN if slot in map(str, change.doses) else "no longer planned"
        case (
            Measures() | Delay() | Move() | Reduce() | Raise() | Switch() | Travel() | Extend()
            | Replan() | Undo()
        ):  # fmt: skip
            return "no longer planned"
        case _:
            assert_never(change)
