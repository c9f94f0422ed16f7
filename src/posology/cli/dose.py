"""The command for a dose in words: what was understood, the verdict, what each net says."""

import argparse
import json
import re
from pathlib import Path
from typing import cast

from posology import api
from posology.checks.phrases import ROUTES
from posology.checks.question import NETS, Answer
from posology.cli.output import out, refuse
from posology.errors import PosologyError
from posology.model import Route

QUESTIONS = {
    "plausible": "Is it in the range of this drug?",
    "quoted": "Do the sources say so?",
    "feasible": "Can it be made?",
}


def run_dose(options: argparse.Namespace) -> int:
    """Judge a dose in words; exit code 1 if the verdict is stop."""
    try:
        site = api.site(Path(options.site)) if options.site else None
        library = api.load()
        answer = api.ask(
            options.text, drug=library.combinations.proper(options.drug.lower()),
            route=_route(options.route), library=library,
            weight=options.weight, height=options.height, site=site,
        )  # fmt: skip
    except PosologyError as error:
        return refuse("dose", str(error))
    out(json.dumps(_rows(answer), ensure_ascii=False, indent=2) if options.json else _text(answer))
    return 1 if answer.worst == "stop" else 0


def _route(text: str) -> Route:
    """Give the name of a route that is written as on a chart: ``s.c.``, ``PO``."""
    written = text.lower().replace(".", "")
    named = (name for name, words in ROUTES.items() if re.fullmatch(words, written))
    return cast("Route", next(named, text))  # another text is refused, with the routes


def _rows(answer: Answer) -> dict[str, object]:
    found = {
        net: [
            {"code": each.code, "level": each.level, "message": each.message}
            for each in getattr(answer, net)
        ]
        for net in NETS
    }
    return {
        "understood": answer.understood,
        "verdict": answer.worst or "nothing found",
        "findings": found,
        "not_judged": answer.not_judged,
        "said": answer.said,
    }


def _text(answer: Answer) -> str:
    lines = [f"Understood: {answer.understood}", f"Verdict: {verdict(answer)}"]
    for net in NETS:
        lines += ["", QUESTIONS[net]]
        lines += [f"  {each.level}: {each.message} [{each.code}]" for each in getattr(answer, net)]
        lines += [f"  not judged: {each}" for each in answer.not_judged[net]]
        if not getattr(answer, net):
            lines.append(f"  nothing found{' in the rest' if answer.not_judged[net] else ''}")
    said = [f"  {each}" for each in answer.said] or ["  nothing"]
    return "\n".join([*lines, "", "What the sources say", *said])


def verdict(answer: Answer) -> str:
    """Write the verdict in words; it never says that a dose is right."""
    return {
        "stop": "stop; this dose cannot be meant, or must not be given",
        "review": "review; ask before it is given",
        "note": "note; read what the nets say",
        None: "nothing found in what is judged; that does not prove that the dose is right",
    }[answer.worst]
