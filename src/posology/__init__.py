"""Posology: a regimen and a patient give exact doses on exact dates.

What a script calls is listed in ``__all__``, and described in ``posology.api``. It is imported
when it is first asked for, so that the command line starts fast.
"""

TYPE_CHECKING = False  # importing typing for it would cost a third of "posology --help"
if TYPE_CHECKING:
    from posology.api import (
        ask,
        begin,
        calendar,
        change,
        check,
        dose,
        example_site,
        load,
        make,
        open_course,
        plan,
        planned,
        release,
        revise,
        save_course,
        site,
        table,
    )

__version__ = "0.1.0"
__all__ = [
    "__version__", "ask", "begin", "calendar", "change", "check", "dose", "example_site", "load",
    "make", "open_course", "plan", "planned", "release", "revise", "save_course", "site", "table",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'posology' has no attribute {name!r}")
    from posology import api  # noqa: PLC0415 - the command line starts fast

    return getattr(api, name)


def __dir__() -> list[str]:
    return __all__
