"""The command that begins a file: a regimen or a drug, with each key and what it takes."""

import argparse
import re

from posology.cli.output import out, refuse
from posology.disk import path_of
from posology.text import shown


def run_new(options: argparse.Namespace) -> int:
    """Write a file to fill in; one that exists is never overwritten."""
    from posology.library.skeletons import DRUG, REGIMEN  # noqa: PLC0415 - only the command that runs

    name = options.name
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        return refuse(
            "new", f"NAME: {shown(name)}: write small letters, digits and hyphens: lymphoma-mtx"
        )
    of_a_drug = options.kind == "drug"
    path = path_of("drugs" if of_a_drug else ".") / f"{name}.yaml"
    text = (DRUG if of_a_drug else REGIMEN).format(name=name)
    if path.exists():
        return refuse("new", f"{path} exists; it is never overwritten: take another name")
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        return refuse("new", f"{path} cannot be written: {error.strerror or error}")
    out(f"Written: {path}. Fill it in, then: posology check {path}")
    return 0
