"""The phrases that say how often, on which days and how long: a table of patterns.

Each rule takes out what it has read, so that no word counts twice: the "daily" in "3 times daily"
is not a second rhythm. The rules run from the top; an amount has become ``AMOUNT`` before. What
no rule takes is left over, and whoever asked refuses it.
"""

import re
from itertools import pairwise

from posology.checks.heard import (
    AMOUNT,
    LATIN,
    Heard,
    Keep,
    flag,
    keep_after,
    keep_an_hour,
    keep_apart,
    keep_at_least,
    keep_both,
    keep_compared,
    keep_counted,
    keep_cycles,
    keep_every_hour,
    keep_hours,
    keep_lasts,
    keep_latin,
    keep_list_of_days,
    keep_moment,
    keep_on,
    keep_over,
    keep_parts,
    keep_per_day,
    keep_rest,
    keep_separated,
    keep_span,
    keep_times,
    keep_weekdays,
    keep_weekly,
    keep_weeks,
)

Rule = tuple[str, re.Pattern[str], Keep]
"""What a phrase says, its pattern, and how it is kept."""
ROUTES = {
    "inhaled": r"(?:by )?oral inhalation|inhaled|by inhalation|by nebuli[sz](?:er|ation)",
    "oral": r"oral|orally|by mouth|p/?o|per os",
    "intravenous": r"intravenous|intravenously|i/?v|ivig|hdivig",
    "subcutaneous": r"subcutaneous|subcutaneously|s/?c|subcut",
    "intramuscular": r"intramuscular|intramuscularly|i/?m",
    "intrathecal": r"intrathecal|intrathecally",
    "ocular": r"ocular|into the (?:affected )?eyes?|eye drops?",
    "topical": r"topical|topically|to the skin",
    "rectal": r"rectal|rectally|p/?r(?= )",
    "sublingual": r"sublingual|sublingually|under the tongue",
    "buccal": r"buccal|buccally",
    "vaginal": r"vaginal|vaginally|p/?v(?= )",
    "transdermal": r"transdermal|transdermally",
    "intravitreal": r"intravitreal|intravitreally",
    "intraarticular": r"intra-?articular|intra-?articularly",
    "nasal": r"nasal|nasally|intranasal|intranasally|into each nostril",
}
_ORDINALS = {
    "other": 2, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "tenth": 10,
}  # fmt: skip
_BEHIND = r"(?!\d|[.,]\d)"
_N = r"(?<![\d.,])([1-9]\d{0,2})" + _BEHIND
_UNIT = r"(day|d|week|wk|w|month|mo|cycle)s?\b"
_DAY = r"(?:daily\b|(?:a|per|each|every) day\b|/ ?day\b|/ ?d\b)"
_SHARE = r"divided|split|distributed|shared"
_NO_ITEM = r"x\b|×|times|/|a day|per day|daily|-?(?:day|week|month|cycle)"
_ITEM = rf"(?:0|[1-9]\d{{0,2}})(?!\d|\.\d|,\d{{3}}(?!\d)| ?(?:{_NO_ITEM}))"
_ITEM += r"(?: ?(?:-|to|through) ?(?:days? ?|d)?[1-9]\d{0,2}(?!\d|\.\d))?"
_NO_LIST = "".join(rf"(?<!{word} )" for word in ("every", "other", "each", "a", "per", "alternate"))
_COMPARED = (
    r"(?:<=|>=|<|>|≤|≥|below|under|above|exceeding|at least"
    r"|(?:less|lower|fewer|younger|more|greater|higher|older) than)"
)
_NOT_DOSED = r"(?! ?(?:mcg|mg|g|ng|ug|iu|units?|tablets?|capsules?|microg|millig|gram)\b)"
_FIGURE = r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?"
_OF = r"(?: ?(?:years?(?: old)?|ml/min|/ul|%))?"


def _rule(pattern: str, keep: Keep, says: str = "rhythm") -> Rule:
    return says, re.compile(pattern), keep


def hear(text: str, heard: Heard) -> str:
    """Take out of a text, in small letters, what the rules read; give the rest."""
    for says, pattern, keep in RULES:

        def one(found: re.Match[str], says: str = says, keep: Keep = keep) -> str:
            left = keep(heard, found)
            if not isinstance(left, str):
                heard.said.setdefault(says, []).append(found[0].strip())
            return left if isinstance(left, str) else " ; "

        text = pattern.sub(one, text)
    return text


_EVERY = r"(?:\bonce )?(?:\bevery|\bq|\beach|\bof each|\bof every)"
_DAYS_BEHIND = rf"{_N}(?: ?(?:-|to|or) ?{_N})? ?(?:consecutive |successive )?days?\b"
_LIST = r"(?:0|[1-9]\d{0,2})(?:, ?[1-9]\d{0,2})*,? ?(?:and|&) [1-9]\d{0,2}"
_A_WEEK = r"(?:/ ?|per |a |each |every )?week(?:ly)?\b"
_WEEKDAY = r"(mon|tue|wed|thu|fri|sat|sun)(?:s|nes|rs|ur)?(?:days?)?\b"
_LENGTH = r"(hours?|hrs?|h|minutes?|mins?)\b"
_ON = r"\bon\b(?= ?(?:$|[,.;)]|for\b|x ?\d|p/?o\b|by mouth|orally))"
"""At night: "10 mg on", but not "on days 1-4"."""
_PARTS_OF_THE_DAY = {
    "morning": r"mane|om|(?:mid-?)?mornings?|breakfast|waking|rising|am",
    "noon": r"noon|mid-?day|lunch",
    "afternoon": r"(?:mid-?)?afternoons?|tea-?time",
    "evening": r"evenings?|dinner|supper|pm",
    "night": r"nocte|nightly|nights?|bedtime|midnight",
}
_TIME_OF_DAY = (
    r"(?:\b(?P<also>or|and|,) ?)?(?:\b(?:in|at|before|with|every|each|on) )?"
    r"(?:\b(?:the|late|early) )*\b(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _PARTS_OF_THE_DAY.items())
    + r")\b"
)
RULES: tuple[Rule, ...] = (
    # What is no number and no rhythm of this drug.
    _rule(r"\b(?:never|not) (?:daily|every day)\b|\b(?:in )?d\d{1,2}w\b|\bvitamin [a-k]\d*\b",
          lambda *_: None, "nothing"),
    _rule(r"\b(?:with or without|without regard to|regardless of) (?:food|meals?)\b"
          r"|\bwithout interruption\b|\bno dose adjustment\b", lambda *_: None, "nothing"),
    _rule(r"\bfirst dose of the first cycle only\b", flag("once"), "once"),
    # What nobody can compute: on what it depends, and for how long.
    _rule(r"\b(?:as|when|if|where) (?:needed|required|necessary)\b|\bprn\b|\bon demand\b",
          lambda *_: None, "needed"),
    _rule(r"\b(?:if|as|when) (?:well )?tolerated\b|\b(?:until|unless)"
          r"(?: (?!every\b|each\b|once\b|then\b|and\b)[^\W\d][\w-]*)+",
          lambda *_: None, "proviso"),
    _rule(r"(?<![\d:])((?:[01]\d|2[0-3]):[0-5]\d)(?![\d:])"
          r"(?: ?[±~] ?\d+ ?(?:hours?|h|min(?:utes)?)\b)?",
          lambda heard, found: heard.clock.append(found[1]), "clock"),
    # Beside the dose of another drug.
    _rule(rf"(?:\bat least )?(?:{_N} ?(?:-|to) ?)?{_N} ?(minutes?|mins?|hours?|hrs?|h|days?) "
          r"(before|prior to|after)\b", keep_apart, "beside"),
    _rule(r"\bon (?:the )?day of,? and (?:the )?day after\b",
          lambda heard, _: heard.beside.append((0, 1)), "beside"),
    _rule(r"\bthe day (before|after)\b",
          lambda heard, found: heard.beside.append(1440 if found[1] == "after" else -1440),
          "beside"),
    _rule(r"\b(?:in a )?dose equal to\b", lambda heard, _: heard.shares.add(100), "share"),
    _rule(rf"{_N} ?% of the\b", lambda heard, found: heard.shares.add(int(found[1])), "share"),
    # When a later part begins, and a length that is a limit only.
    _rule(rf"(?:\b(?:beginning|starting|starts|begins) )?{_N} (day|week|month)s? (?:after|later)\b",
          keep_after, "start"),
    _rule(rf"\b(?:for )?up to {_N} (?:consecutive )?(?:day|week|month|cycle|dose)s?\b",
          lambda *_: None, "limit of time"),
    # Weeks and days of rest, days of the week, weeks that are listed.
    _rule(rf"(?:\b(?:followed by|then|with|and) )?(?:\ban? )?{_N}[- ](day|week)s?(?: of)?[- ]"
          r"(?:rest|off|break|pause)\b(?: period)?", keep_rest, "rest"),
    _rule(rf"(?<!every ){_N}[- ](day|week)s? on\b(?! ?d)", keep_on, "days"),
    _rule(rf"\b{_WEEKDAY} ?(?:-|to|through) ?{_WEEKDAY}", keep_weekdays, "weekdays"),
    _rule(r"\b(?:every |each )?week days?\b", lambda heard, _: heard.weekdays.append("weekdays"),
          "weekdays"),
    _rule(r"\bweekdays\b|\b(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:days?)?\b",
          lambda heard, found: heard.weekdays.append(found[0]), "weekdays"),
    _rule(rf"\b(?:(?:at|on|in) )?weeks? {_LIST}(?![\d.]| ?{AMOUNT})|\b(?:at )?{_LIST} weeks\b",
          keep_weeks, "weeks"),
    _rule(rf"\b(?:in |for )?(week|cycle)s? {_N} ?(?:-|to|through) ?{_N}", keep_span, "span"),
    _rule(rf"{_N} {_N}-week (?:treatment )?cycles\b", keep_cycles, "run"),
    _rule(rf"\b(?:from )?week {_N} (?:onwards?|on)\b", lambda *_: None, "span"),
    _rule(r"\balternat(?:ing|ely)\b(?: (?:days|weeks|months|doses))?", lambda *_: None,
          "alternating"),
    # How long one infusion takes.
    _rule(rf"\b(?:over|during) (?:a period of )?(?:not less than|no less than|at least) "
          rf"{_N}() ?{_LENGTH}", keep_at_least, "over"),
    _rule(rf"\bover a period of {_N}() ?{_LENGTH}", keep_lasts, "over"),
    _rule(rf"\b(?:over|during|for) (?:about )?{_N}(?: ?(?:-|to) ?{_N})? ?{_LENGTH}",
          keep_lasts, "over"),
    _rule(r"\b(?:over|during) an hour\b", keep_an_hour, "over"),
    _rule(rf"\b(?:over|during) an? {_N}()-(minute|hour)(?: period)?\b", keep_lasts, "over"),
    _rule(rf"{_N}()[- ]{_LENGTH} (?=(?:iv |intravenous )?infusion\b)", keep_lasts, "over"),
    # How often a week, and how many doses.
    _rule(rf"{_N} ?(?:x|×|times?) ?{_A_WEEK}|\b(twice|thrice) {_A_WEEK}", keep_weekly,
          "times a week"),
    _rule(rf"(?:\bfor |\btotal of |\bx ?){_N} (?:doses|infusions|injections)\b",
          lambda heard, found: heard.repeats.add(int(found[1])), "doses"),
    _rule(rf"\bin {_N}(?: ?(?:-|to|or) ?{_N})? sessions?\b", keep_over, "days"),
    _rule(_TIME_OF_DAY, keep_moment, "time of day"),
    _rule(rf"(?:\b(?P<also>and) )?(?P<night>{_ON})", keep_moment, "time of day"),
    # The weights of a band: "up to 55 kg", "more than 55 kg to 85 kg", "85 kg or more".
    _rule(rf"(?:(?:{_COMPARED}|\bup to) ?)?(?<![\d.,])(?:{_FIGURE})(?: ?(?:kg|years?|ml/min))? ?"
          rf"(?:to|-) ?(?:less than |<)?(?:{_FIGURE}) ?(?:kg|years|ml/min)\b", keep_compared),
    _rule(rf"(?:{_COMPARED}|\bup to|\bover) ?(?:{_FIGURE}) ?(?:kg|years?(?: old)?)\b",
          keep_compared),
    _rule(rf"(?<![\d.,])(?:{_FIGURE}) ?(?:kg|years|ml/min)(?: of age)? (?:or|and) (?:less|lower"
          r"|under|below|more|greater|higher|above|over|older|younger)\b", keep_compared),
    _rule(rf"{_COMPARED} ?(?:{_FIGURE}) ?[x×*] ?10 ?\^? ?9 ?/ ?l\b", keep_compared),
    _rule(rf"{_COMPARED} ?(?:{_FIGURE})(?![\d.,]*\d){_OF}{_NOT_DOSED}", keep_compared),
    _rule(rf"(?<![\d.,])(?:{_FIGURE}) ?(?:<=|>=|<|>|≤|≥)", keep_compared),
    _rule(rf"\bsingle (?=(?:{'|'.join(ROUTES.values())}) (?:dose|infusion|injection)\b)",
          flag("once"), "once"),
    *(
        _rule(rf"(?<![\w.])(?:{words})\b", lambda heard, _, name=name: heard.routes.add(name),  # type: ignore[misc]  # bound at once
              "route")
        for name, words in ROUTES.items()
    ),
    _rule(
        rf"\bfrom day {_N}(?! ?(?:-|to|through))",
        lambda heard, found: heard.compared.append(found[0]),
    ),
    _rule(
        rf"{_NO_LIST}(?:\bdays?|\bd) ?({_ITEM}(?:(?: ?,? ?(?:and|&) |, ?)(?:days? |d)?{_ITEM})*)",
        keep_list_of_days, "days",
    ),
    _rule(rf"{_N} of {AMOUNT}[ ;]* (?:infusions|doses|injections) separated by {_N} (day|week)s?\b",
          keep_separated, "days"),
    _rule(rf"{AMOUNT} ?(?:/ ?day\b|/ ?d\b|per day\b)|daily dose", keep_per_day, "per day"),
    _rule(rf"{AMOUNT} ?(?:/ ?|per )dose\b", lambda *_: None),
    _rule(rf"{AMOUNT} ?(?:/ ?|per )(?:cycle|course|treatment)\b", flag("per_cycle")),
    _rule(rf"{AMOUNT}(?: ?\(\))?(?: (?:of )?(?:body weight|bsa|bw))?"
          r"(?= ?(?:/ ?|per )(?:week|month)\b)",
          flag("per_cycle")),
    # A dose that is shared over days or doses.
    _rule(rf"\bin(?:to)? {_N} (?:equal |divided |equally divided )?(?:doses|parts)\b", keep_parts),
    _rule(rf"\b(?:over|in) (?:a (?:course|period) of )?{_DAYS_BEHIND}", keep_over, "days"),
    _rule(rf"\b(?:{_SHARE})\b|\bin (?:equal|divided) (?:parts|doses)\b", flag("shared")),
    # How often a day.
    _rule(rf"\b(?:up to|at most|maximum(?: of)?|(?:no|not) more (?:often )?than) {_N} ?"
          rf"(?:x|×|times?|doses?)? ?{_DAY}", keep_times, "most times"),
    _rule(rf"{_N} ?[x×] ?(?={AMOUNT})", lambda heard, found: heard.times.add(int(found[1]))),
    _rule(rf"{_N} ?(?:x|×|times?)? ?{_DAY}", keep_times),
    _rule(rf"\bonce {_DAY}", lambda heard, _: heard.a_day(1)),
    _rule(rf"\btwice {_DAY}", lambda heard, _: heard.a_day(2)),
    _rule(rf"\bthrice {_DAY}", lambda heard, _: heard.a_day(3)),
    _rule(rf"\b(?:{'|'.join(LATIN)})\b", keep_latin),
    _rule(rf"(?:\bevery|\bq) ?{_N} ?(?:hours|hrs|hourly|h)\b|{_N}[- ]hourly\b", keep_hours,
          "hours"),
    _rule(r"\b(?:every|each) hour\b|(?<![\w-])hourly\b",
          keep_every_hour, "hourly"),
    # How often otherwise.
    _rule(r"\b(?:every other|on alternate|alternate|every alternate) (day|week|month)s?\b",
          lambda heard, found: heard.period(2, found[1])),
    _rule(rf"\bevery {_N[:-len(_BEHIND)]}(?:nd|rd|th) (day|week|month)\b",
          lambda heard, found: heard.period(int(found[1]), found[2])),
    _rule(rf"\bat {_N}[- ](day|week|month)(?:ly)? intervals?\b",
          lambda heard, found: heard.period(int(found[1]), found[2])),
    _rule(rf"\bat intervals of {_N} (day|week|month)s?\b",
          lambda heard, found: heard.period(int(found[1]), found[2])),
    _rule(rf"\bevery ({'|'.join(_ORDINALS)}) (day|week|month)\b",
          lambda heard, found: heard.period(_ORDINALS[found[1]], found[2])),
    _rule(rf"{_EVERY} ?{_N} ?(?:to|-|or) ?{_N} ?{_UNIT}", keep_both),
    _rule(rf"{_EVERY} ?{_N}[- ]?{_UNIT}(?: treatment)?(?: cycles?| period)?",
          lambda heard, found: heard.period(int(found[1]), found[2])),
    _rule(rf"{_N}[- ](day|week|wk|month)(?: treatment cycles?| cycles?| period)",
          lambda heard, found: heard.period(int(found[1]), found[2])),
    _rule(rf"\bcycle length:? ?{_N} {_UNIT}",
          lambda heard, found: heard.period(int(found[1]), found[2])),
    _rule(rf"\bcycles? of {_N} {_UNIT}",
          lambda heard, found: heard.period(int(found[1]), found[2])),
    _rule(r"(?:\b(?:once|1 time|1 dose|1 day|1 cycle) ?)?(?:/ ?|\bper |\ba |\beach |\bevery |"
          r"\bof each )(week|month|cycle)\b", lambda heard, found: heard.period(1, found[1])),
    _rule(rf"{_N}[- ]?(week|month)ly\b",
          lambda heard, found: heard.period(int(found[1]), found[2])),
    _rule(r"(?:\bonce )?(?<![\w-])(week|month)ly\b",
          lambda heard, found: heard.period(1, found[1])),
    _rule(r"\b(?:once )?fortnightly\b", lambda heard, _: heard.period(2, "week")),
    # How long.
    _rule(rf"(?:\b(?:for|during) (?:the first )?|\bx ?)?{_DAYS_BEHIND}", keep_counted, "days"),
    _rule(rf"(?:\b(?:for|during) (?:the first )?|\bx ?){_N} ?(?:consecutive |successive )?"
          r"(weeks?|months?|cycles?|years?)\b",
          lambda heard, found: heard.runs.add(f"{found[1]} {found[2]}"), "run"),
    _rule(rf"\b(?:from )?cycles? {_N} (?:and (?:beyond|later|all further cycles)|onwards?)\b",
          lambda heard, found: heard.compared.append(found[0])),
    _rule(rf"\b(?:from|in|at) (?:cycle|course|month|week) {_N}|\b(?:cycle|course|month) {_N}",
          lambda heard, found: heard.compared.append(found[0])),
    _rule(rf"\bx ?{_N}\b", lambda heard, found: heard.repeats.add(int(found[1])), "doses"),
    _rule(rf"{_DAY}", flag("daily")),
    _rule(r"\b(?:stat|(?:as )?(?:a )?single (?:dose|infusion|injection)|once only|1 dose|once"
          r"(?! (?:per|a|every|each)\b))\b",
          flag("once"), "once"),
)  # fmt: skip


def rises(days: list[int]) -> bool:
    """Tell whether days of a cycle are in rising order."""
    return all(day < later for day, later in pairwise(days))
