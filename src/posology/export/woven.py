"""A regimen as one page for review: each value beside the words of the source that say it.

The page asks no other host for anything; it prints as it is.
"""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from posology.checks.heard import AMOUNT
from posology.checks.reading import plain, printed, read
from posology.export.regimen import item_words, one_line
from posology.library import Entry
from posology.library.fields import are_all, text_of
from posology.model import Finding, Order

_STYLE = """
body { font: 16px/1.5 Georgia, serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem; border-top: 1px solid #999 }
blockquote { margin: .3rem 0 .8rem; padding: .3rem .8rem; border-left: 4px solid #36c;
  background: #f4f6fb }
mark { background: #ffe28a; padding: 0 .1em } .source { color: #444; font-size: .9rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top;
  border-bottom: 1px solid #ccc; padding: .25rem .5rem } th { width: 9rem; font-weight: 600 }
td.said { width: 45% } .stop { color: #a00; font-weight: 600 }
.inferred { color: #555; font-style: italic } .part { margin: .8rem 0 0 }
@media print { body { margin: 0 } }
"""
_SAYS = {
    "route": ("route",), "every": ("rhythm", "hours", "hourly", "times a week", "weeks"),
    "days": ("days", "weeks", "weekdays", "rest"), "times": ("rhythm", "hours"), "over": ("over",),
    "at": ("clock",), "duration": ("run", "doses", "days"), "with": ("beside", "share"),
    "start": ("start",), "as_needed": ("needed",),
}  # fmt: skip
"""By the key of an order, the kinds of words that say it."""


def page(entry: Entry, findings: Iterable[Finding], rules: Iterable[str]) -> str:
    """Write the page: orders and items with their words, sources, findings, rules, cases by name.

    ``rules``: those of its drugs, by which a plan is judged too.
    """
    regimen = entry.regimen
    about = (
        f"{entry.id}, version {regimen.version}, {regimen.status}; duration {regimen.duration}; "
        f"content sha256 {entry.content_sha256}"
    )
    parts = [f"<h1>{escape(regimen.name)}, for {escape(regimen.indication)}</h1>",
             f'<p class="source">{escape(about)}</p>']  # fmt: skip
    for order, written in zip(regimen.orders, entry.tree.value["orders"], strict=True):
        parts += _order(order, written)
    parts += ["<h2>To do</h2>"] if regimen.items else []
    for item in regimen.items:
        parts.append(f'<p class="part">{escape(item_words(item))}</p>')
        parts.append(_block(item.quote, item.source))
    parts += ["<h2>Sources</h2>", "<ul>"]
    for name, source in regimen.sources.items():
        seen = {"copy": " (a copy)", "no": " (not read)"}.get(source.seen or "", "")
        parts.append(f"<li><b>{escape(name)}</b>: {escape(source.cite)}{seen}; evidence: "
                     f"{escape(source.evidence or 'not stated')}</li>")  # fmt: skip
    parts += ["</ul>", "<h2>Findings</h2>", "<ul>"]
    parts += [
        f'<li class="{each.level}">{each.level}: {escape(each.message)}</li>' for each in findings
    ]
    parts += ["</ul>", "<h2>Rules of its drugs (source, basis)</h2>", "<ul>"]
    parts += [f"<li>{escape(each)}</li>" for each in rules]
    parts += ["</ul>", "<h2>Worked cases</h2>", "<ul>"]
    parts += [f"<li>{escape(case.name)}</li>" for case, _ in regimen.worked]
    parts += ["</ul>", "<p>Compared with the sources by: ____________________ on: ____________</p>"]
    head = f"<title>{escape(regimen.name)}</title><meta charset=utf-8><style>{_STYLE}</style>"
    return f'<!doctype html><html lang="en"><head>{head}</head><body>\n' + "\n".join(parts) + (
        "\n</body></html>\n"
    )  # fmt: skip


def _order(order: Order, written: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2>{escape(one_line(order))}</h2>"
    yield _block(order.quote, order.source)
    yield "<table><tr><th>key</th><th>encoded</th><th>words of the source</th></tr>"
    whole = {key: value for key, value in written.items() if key not in _ELSEWHERE}
    for key, value in whole.items():
        if not _members(value):
            said = f"<td>{escape(text_of(value))}</td><td class=said>{_said(key, order)}</td>"
            if not _said(key, order):
                said = f"<td colspan=2>{escape(text_of(value))}</td>"
            yield f"<tr><th>{escape(key)}</th>{said}</tr>"
    for key, why in order.inferred.items():
        said = f"<td colspan=2 class=inferred>inferred: {escape(why)}</td>"
        yield f"<tr><th>{escape(key)}</th>{said}</tr>"
    yield "</table>"
    for key, value in whole.items():
        for name, member in _members(value):
            own = {each: text for each, text in member.items() if each not in _ELSEWHERE}
            of = escape(f"{key} {name}".strip())
            yield f'<p class="part"><b>{of}</b>: {escape(text_of(own))}</p>'
            if "quote" in member:
                yield _block(member["quote"], member.get("source", order.source))


_ELSEWHERE = {"drug", "id", "quote", "source", "inferred"}


def _members(value: Any) -> list[tuple[str, Mapping[str, Any]]]:  # noqa: ANN401 - a value of a file
    """Give the parts of an order that have quotes of their own: rows, starts, steps and so on."""
    if isinstance(value, list) and are_all(dict, value):
        return [("", each) for each in value]
    if isinstance(value, dict):
        return [(key, each) for key, each in value.items()] if are_all(dict, value.values()) else (
            [("", value)] if "quote" in value else []
        )  # fmt: skip
    return []


def _block(quote: str, source: str) -> str:
    of = f"<span class=source>[{escape(source)}]</span>"
    return f"<blockquote>{_marked(quote)} {of}</blockquote>"


def _words(quote: str) -> dict[str, list[str]]:
    """Give the words of a quote by what they say, as they are printed."""
    found = {
        says: [printed(bare, quote) for each in words if (bare := _bare(each))]
        for says, words in read(quote).said.items()
    }
    text = plain(quote)
    amounts = [each.plain.lower() for each in read(quote).amounts]
    found["amounts"] = [printed(each, quote) for each in amounts if each in text]
    return found


def _bare(words: str) -> str:
    return words.replace(AMOUNT, "").strip()


def _said(key: str, order: Order) -> str:
    words = _words(order.quote)
    kinds = ("amounts",) if key in {"dose", "readings"} else _SAYS.get(key, ())
    return "; ".join(escape(each) for kind in kinds for each in dict.fromkeys(words.get(kind, ())))


def _marked(quote: str) -> str:
    """Write a quote with every word marked that has been read."""
    text = escape(quote)
    every = {each for words in _words(quote).values() for each in words}
    for each in sorted(every, key=len, reverse=True):
        if f">{escape(each)}<" not in text:
            text = text.replace(escape(each), f"<mark>{escape(each)}</mark>", 1)
    return text
