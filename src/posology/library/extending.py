"""A regimen that extends another: its values over those of its base."""

from typing import Any

from posology.errors import LibraryError
from posology.library import tree
from posology.library.problems import validated
from posology.model import Regimen


def extended(values: dict[str, Any], base: tree.Tree, where: tree.Tree) -> dict[str, Any]:
    """Put a regimen's values over those of its base; orders and items are added."""
    validated(base, Regimen)  # problems of the base are reported at their places in it
    below = base.value
    if "extends" in below:
        message = f"{base.file} extends another regimen itself; extend that regimen directly"
        raise LibraryError([where.problem(("extends",), message)])
    whole = dict(values)
    whole["sources"] = {**below.get("sources", {}), **values.get("sources", {})}
    for key in ("orders", "items"):
        if added := [*below.get(key, []), *values.get(key, [])]:
            whole[key] = added
    return whole
