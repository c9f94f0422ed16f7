"""Words of a dose, of its days or of its conditions that no rule has read.

They may not be passed over: the quote that has one of them stops, and names it.
"""

import re

from posology.checks.heard import AMOUNT, Heard

_MEALS = r"\b(?:before|after|on|with) (?:each )?meals?\b"
_ORDINAL = "first|second|third|fourth|fifth|sixth|seventh|eighth"
_CLINICAL = re.compile(
    # Which of several: cycles, days, doses.
    r"\b(?:odd|even|last|final|quarterly|by turns|ter die)\b"
    rf"|\b(?:{_ORDINAL})\b(?: (?:and|or) \w+)? (?:day|week|month|cycle|course|infusion|year)s?\b"
    rf"|\b(?:{_ORDINAL}) doses?\b(?! (?:reduction|level))|\bcycle \d"
    r"|\b(?:later|subsequent) infusions?\b|\bfollowing month\b|\brest period\b|\bengraftment\b"
    r"|\b(?:infusion|treatment|chemotherapy|working|dialysis) days?\b|\bweekends?\b"
    # That it is not given, or not always.
    r"|\bnot?\b(?! (?:been )?(?:studied|requiring)| to exceed| exceed| more than| less than)"
    r"|\b(?:never|none|without|unless|except\w*|exclud\w*|avoid\w*|omit\w*|skip\w*|hold|held"
    r"|stop\w*|withh[eo]ld\w*|discontinu\w*|suspend\w*|interrupt\w*|paus\w*|break|holidays?|off)\b"
    r"|\bif\b(?! ?(?:;|aged?\b))|\bin case of\b|\bon request\b"
    r"|\b(?:sos|when|whenever|while|during|considered?|provided|depend\w*|toxic\w*)\b"
    r"|\b(?:on days of|after|before|on|with) dialysis\b"
    # How much, and how often.
    r"|\b(?:fortnight|several|few|some|about|approx\w*|around|circa|minimum|least|less|more|fewer"
    r"|max(?:imum)?(?= ?$|[,.])|etc|again|plus|another|additional\w*|doubl\w*|tripl\w*|halv\w*)\b"
    r"|\bmay be repeated\b|\bper tablet\b|(?:\bper|/) ?(?:kg|m2)\b"
    rf"|\b(?:an?|per|each|every) (?:hour|h)\b|{_MEALS}"
    r"|\b(?:each|both|right|left) (?:eye|nostril|ear|limb)s?\b|\blesions?\b"
)
_AGAIN = re.compile(rf"\band {AMOUNT}")
_REPEATED = re.compile(r"\brepeat(?:ed)?\b(?! ?cycle)")


def passed_over(text: str, heard: Heard) -> re.Match[str] | None:
    """Find the first such word in what is left of a text, in which amounts stand as ``AMOUNT``.

    With a number of times a day, meals say only when.
    """
    text = re.sub(_MEALS, "", text) if heard.times else text
    same = max((heard.amounts.count(each) for each in heard.amounts), default=0)
    if same > max([*heard.times, len(heard.moments), 1]) and (again := _AGAIN.search(text)):
        return again  # "10 mg daily and 10 mg at night"
    if not heard.periods and (again := _REPEATED.search(text)):
        return again
    return _CLINICAL.search(text)
