"""A dose in words: nothing of a text is dropped, and nothing that is not judged is called well."""

import json
import time

import pytest

from posology.checks.question import ask
from posology.checks.reading import read
from posology.checks.unread import words_of
from posology.cli import main
from posology.errors import QuantityError
from posology.library import FOLDER
from posology.planning.inspection import inspect

TRIPLE = "scleromyxedema-dexamethasone-sirolimus-octreotide"
ROUTES = {
    "octreotide": "subcutaneous", "bortezomib": "subcutaneous", "immunoglobulin": "intravenous",
}  # fmt: skip


@pytest.fixture
def asked(library):
    """Ask about a drug by its usual route."""

    def ask_it(drug, text, **patient):
        return ask(text, drug, ROUTES.get(drug, "oral"), library, **patient)

    return ask_it


def codes(answer, level=None):
    found = (*answer.plausible, *answer.quoted, *answer.feasible)
    return {one.code for one in found if level in (None, one.level)}


@pytest.mark.parametrize(
    "text",
    [
        "1 200 mcg every other day", "10 200 mcg every other day", "1'200 mcg every other day",
        "1\u202f200 mcg daily", "1\u2019200 mcg daily", "1_200 mcg daily", "1-200 mcg daily",
        "1.200.000 mcg daily", "100~200 mcg daily", "<200 mcg daily", "> 200 mcg daily",
        "\u2264 200 mcg daily", "at most 200 mcg daily", "up to 200 mcg daily", "0, 5 mg daily",
        "0,5 mg daily", "200 \u00b1 50 mcg daily", "200 mcg \u00b1 50 daily", "200 +50 mcg daily",
        "100-200 mcg daily", "100 to 200 mcg daily", "100 or 200 mcg daily", "100/200 mcg daily",
        "200 mcg every other day and every week", "200 mcg bd tds", "200 mcg q8h bd",
        "200 mcg 2-3 times a day", "200 mcg every 2-3 days", "2 mg over 2-5 days every month",
        "200 mcg for 4 or 5 days", "200 mcg for 5 days on days 1-4", "200 mcg daily every 28 days",
        "200 mcg days 1-4, 3", "200 mcg \u00d7 2 \u00d7 3 daily", "200 mcg every \u0662 days",
        "\u0662\u0660\u0660 mcg daily", "\uff12\uff10\uff10 mcg daily", "\u00bd mg daily",
        "200 mcg\u00b2 daily", "2e2 mcg daily", "2\u20e3 mcg daily", "200 mcg daily 7",
        "7 200 mcg daily", "day 1 200 mcg", "200 mcg 30 times a day", "-200 mcg daily",
        "\u2212200 mcg daily", "200 mcg 5/7", "200 mcg 1-0-1", "200 mcg over 2 hours daily",
        "200 mcg/mL daily", "200 mcg/h daily", "200 mcg 10 % daily", "200 mcg # 5 daily",
        "200 mcg daily \u00a4 5", "200 mcg weekly x5 daily", "200 mcg bd x5", "200 mcg x5",
        "200 mcg/day bd", "200 mcg daily over 4 days", "2 mg per week on days 1-5",
        "200 mcg once then every week", "200 mcg stat and daily", "200 mcg divided",
        "2 mg in 4 doses over 2 days", "1.200 mcg daily", "200 mcg cycle 2", "200 mcg from week 2",
        "200 mcg from day 5", "200 mcg days 1,200", "200 mcg/day in a 21-day cycle for 200 days",
        "twenty 200 mcg daily", "half of 200 mcg daily", "200 mcg to", "200 mcg daily for a week",
        "200 mcg twice weekly", "200 mcg 3 times a week", "200 mcg 2/week", "200 mcg on Mondays",
    ],
)  # fmt: skip
def test_a_number_sign_or_rhythm_that_cannot_be_read_is_refused(asked, text):
    with pytest.raises(QuantityError) as refused:
        asked("octreotide", text)
    assert "write" in str(refused.value)
    assert "leave it out" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("200 mcg 3/day", "every 1 day, 3 times a day"),
        ("200 mcg 3 a day", "every 1 day, 3 times a day"),
        ("200 mcg 3 per day", "every 1 day, 3 times a day"),
        ("200 mcg 3/d", "every 1 day, 3 times a day"),
        ("200 mcg 3 daily", "every 1 day, 3 times a day"),
        ("1,200 mcg daily", "every 1 day"),
        ("40 mg days 1-4, 2 times daily", "2 times a day, days 1, 2, 3, 4"),
        ("40 mg days 1-4, 28-day cycle", "every 28 days, days 1, 2, 3, 4"),
        ("40 mg daily every 4 weeks on days 1, 8, 15 and 22", "every 4 weeks, days 1, 8, 15, 22"),
        ("200 mcg every other day for 10 days", "every 2 days, for 10 days"),
        ("200 mcg every other day for 6 months", "every 2 days, for 6 months"),
        ("200 mcg weekly x 5", "every 1 week, for 5 doses"),
    ],
)
def test_what_can_be_read_is_read_back(asked, text, understood):
    assert understood in asked("octreotide", text).understood


@pytest.mark.parametrize(
    ("drug", "text", "code"),
    [
        ("melphalan", "16 mg once daily for 28 days", "implausible-28-days"),
        ("melphalan", "24 mg daily", "implausible-week"),
        ("melphalan", "13.5 mg/m2 on days 1-4 every 6 weeks", "implausible-dose"),
        ("melphalan", "60 mg once", "implausible-dose"),
        ("bortezomib", "2.4 mg daily", "too-close"),
        ("bortezomib", "2.4 mg on days 1, 2, 3, 4 every 3 weeks", "too-close"),
        ("bortezomib", "1.3 mg/m2 on days 1 and 3 every 3 weeks", "too-close"),
        ("bortezomib", "1.3 mg/m2 on days 1 and 20 every 3 weeks", "too-close"),
        ("bortezomib", "0.7 mg twice daily on day 1 every 3 weeks", "too-close"),
        ("bortezomib", "13 mg/m2 on days 1, 4, 8, 11 every 3 weeks", "implausible-dose"),
        ("prednisone", "150 mg daily", "implausible-28-days"),
        ("immunoglobulin", "2 g/kg daily for 5 days", "implausible-week"),
        ("immunoglobulin", "100 g daily for 5 days", "implausible-week"),
    ],
)
def test_what_no_adult_may_have_stops(asked, drug, text, code):
    """Found by a pharmacist: melphalan daily and bortezomib daily had a green tick."""
    assert code in codes(asked(drug, text), "stop")


@pytest.mark.parametrize(
    ("drug", "text"),
    [
        ("bortezomib", "1.3 mg/m2 on days 1, 4, 8, 11 every 3 weeks"),
        ("bortezomib", "1.3 mg/m\u00b2 SC d1, d4, d8, d11 q21d"),
        ("melphalan", "9 mg/m2 daily on days 1-4 every 6 weeks"),
        ("melphalan", "0.25 mg/kg/day for 4 days every 6 weeks"),
        ("octreotide", "200 \u00b5g subcutaneously every other day"),
        ("octreotide", "200 \u03bcg on alternate days"),
        ("octreotide", "200 micrograms every other day"),
        ("octreotide", "200 ug q48h"),
        ("sirolimus", "1 mg b.i.d."),
        ("sirolimus", "1 mg 2/day"),
        ("sirolimus", "1 mg q12h"),
        ("dexamethasone", "40 mg weekly"),
        ("immunoglobulin", "0.4 g/kg/day for 5 days"),
        ("immunoglobulin", "0.4 g/kg/day over 5 days every month"),
        ("immunoglobulin", "0.4 g/kg daily x 5 days every 4 weeks"),
        ("immunoglobulin", "0.5 g/kg daily for 4 days every 4 weeks"),
    ],
)  # fmt: skip
def test_what_the_sources_state_in_other_words_passes(asked, drug, text):
    assert asked(drug, text).worst is None


@pytest.mark.parametrize(
    ("drug", "text", "code"),
    [
        ("octreotide", "200 mcg 3 times a day", "rhythm-not-stated"),
        ("octreotide", "200 mcg daily", "rhythm-not-stated"),
        ("octreotide", "200 mcg stat", "rhythm-not-stated"),
        ("sirolimus", "1 mg daily", "rhythm-not-stated"),
        ("sirolimus", "2 mg daily", "rhythm-not-stated"),
        ("immunoglobulin", "2 g/kg over 2 days every 2 months", "rhythm-not-stated"),
        ("bortezomib", "1.3 mg/m2 on days 1, 8, 15 every 28 days", "rhythm-not-stated"),
        ("dexamethasone", "2 mg once daily", "not-stated"),
        ("immunoglobulin", "0.2 g/kg every 4 weeks", "not-stated"),
        ("octreotide", "25 mcg every other day", "not-stated"),
    ],
)
def test_what_no_source_states_is_a_review_and_never_a_stop(asked, drug, text, code):
    answer = asked(drug, text)
    assert code in codes(answer, "review")
    assert all(one.level == "review" for one in answer.quoted)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("16 mg on days 1-4 every 6 weeks", "usual only from 64 kg to 150 kg"),
        ("16 mg on days 1-4 every 6 weeks", "within the outer limits from 59 kg to 150 kg"),
        ("2 mg on days 1-4 every 6 weeks", "within the outer limits from 35 kg to 40 kg"),
    ],
)
def test_a_dose_in_mg_says_for_which_weights_it_is_usual(asked, text, span):
    """The limits are 0.1 to 0.25 mg/kg, outside 0.05 to 0.275 mg/kg: 16 / 0.25 = 64 kg."""
    (found,) = asked("melphalan", text).plausible
    assert found.level == "review"
    assert span in found.message


def test_with_a_weight_a_dose_is_judged_for_that_patient(asked):
    text = "16 mg daily on days 1-4 every 6 weeks"
    assert asked("melphalan", text, weight="70 kg").plausible == ()
    assert codes(asked("melphalan", text, weight="40 kg"), "stop") == {"implausible-dose"}
    assert asked("melphalan", text, weight="154.324 lb").plausible == ()
    high = asked("melphalan", "0.25 mg/kg daily on days 1-4 every 6 weeks", weight="120 kg")
    assert "for 120 kg: 30 mg is about 1.2 times" in high.plausible[0].message
    assert "30 mg of melphalan would take 15 tablets" in high.feasible[0].message


def test_with_weight_and_height_a_dose_in_mg_is_judged_per_m2(asked):
    text = "2.4 mg on days 1, 4, 8, 11 every 3 weeks"
    assert asked("bortezomib", text, weight="80 kg", height="180 cm").plausible == ()
    stopped = asked("bortezomib", text, weight="50 kg", height="150 cm")
    assert codes(stopped, "stop") == {"implausible-dose"}
    assert "for 50 kg and 1.44 m2" in stopped.understood


@pytest.mark.parametrize(
    ("patient", "words"),
    [
        ({"weight": "70"}, "weight: "),
        ({"weight": "700 kg"}, "weight: "),
        ({"weight": "1 kg"}, "weight: "),
        ({"height": "170 cm"}, "height: give the weight too"),
        ({"weight": "70 kg", "height": "1.7 m"}, "height: "),
        ({"weight": "70 kg", "height": "17 cm"}, "height: "),
    ],
)
def test_a_weight_or_height_that_cannot_be_used_is_refused(asked, patient, words):
    with pytest.raises(QuantityError, match=words):
        asked("octreotide", "200 mcg every other day", **patient)


def test_with_a_weight_alone_the_surfaces_of_that_weight_are_tried(asked):
    """1.3 mg/m2 x 1.8 m2 is 2.34 mg: 70 kg may have it, 40 kg never."""
    text = "2.3 mg on days 1, 4, 8, 11 every 3 weeks"
    assert codes(asked("bortezomib", text, weight="70 kg"), "stop") == set()
    assert codes(asked("bortezomib", text, weight="40 kg"), "stop") == {"implausible-dose"}


def test_what_is_not_judged_is_said(asked):
    unknown = asked("bortezomib", "1.3 mg/m2 on days 1, 4, 8, 11 every 3 weeks").not_judged
    assert "the amount for one patient; give the weight and the height" in unknown["plausible"]
    assert "the containers and the volume; give the weight and the height" in unknown["feasible"]
    known = asked("bortezomib", "1.3 mg/m2 on days 1, 4, 8, 11 every 3 weeks",
                  weight="70 kg", height="170 cm").not_judged  # fmt: skip
    assert known == {
        "plausible": ("the amount of a whole course",), "quoted": (), "feasible": (),
    }  # fmt: skip
    assert asked("thalidomide", "100 mg daily").not_judged["plausible"] == (
        "the limit for age > 75 years",
    )
    assert asked("octreotide", "200 mcg").not_judged["quoted"] == ("the rhythm; add how often",)
    assert not any(asked("octreotide", "200 mcg every other day").not_judged.values())


def test_one_dose_alone_is_not_too_small_for_a_week(asked):
    """Neither a single dose nor one without a rhythm is part of a known sum."""
    assert codes(asked("thalidomide", "50 mg stat")) == {"rhythm-not-stated"}
    assert codes(asked("thalidomide", "50 mg")) == {"rhythm-not-said"}
    assert codes(asked("thalidomide", "500 mg stat"), "stop") == {"implausible-dose"}


@pytest.mark.parametrize(
    ("text", "level"),
    [("1.0 mg twice daily", "review"), ("1 mg od", "note"), ("0.50 mg daily", "review")],
)
def test_what_can_be_misread_in_print_is_marked(asked, text, level):
    assert "print-ambiguous" in codes(asked("sirolimus", text), level)


HOSTILE = [
    "200 mcg on days 1-60000000 every 28 days", "200 mcg days 1-999999999", "9" * 5000 + " mg",
    "1 mg " * 5000, "200 mcg every 999999999999 days", "200 mcg " + "days 1-999, " * 20,
    "1-" * 149, "200 mcg " + "1," * 140, "(" * 299, "every " * 50, "200 mcg " + "a." * 140,
    "1 " * 150, "200 mcg for " + "9" * 280 + " days", "x" * 300, "\u0662" * 300, "1,000" * 60,
    "200 mcg " + "and 1 " * 45, "200 mcg days " + "1 and " * 45, " " * 10**6,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_question_costs_little(asked, text):
    begun = time.process_time()
    with pytest.raises(QuantityError):
        asked("octreotide", text)
    assert time.process_time() - begun < 1


def of_thalidomide(quote, dose="200 mg", times=""):
    return (
        "name: T\nindication: X\nversion: 1\nstatus: draft\nduration: not stated\n"
        'sources: {paper: {cite: "A paper", seen: copy}}\norders:\n'
        f"  - drug: thalidomide\n    route: oral\n    dose: {dose} each\n    every: 1 day\n{times}"
        f"    source: paper\n    quote: {json.dumps(quote)}\n"
        "cases:\n  - name: none\n    patient: {weight: 70 kg}\n    start: 2027-01-11\n"
        "    cycles: 1\n    expect: []\n"
    )


def stops_of(tmp_path, text):
    path = tmp_path / "own.yaml"
    path.write_text(text, "utf-8")
    return {one.code for one in inspect([path]).findings if one.level == "stop"}


@pytest.mark.parametrize(
    "quote",
    [
        "thalidomide 1 200 mg orally daily", "thalidomide 0, 200 mg orally daily",
        "thalidomide 100~200 mg orally daily", "thalidomide < 200 mg orally daily",
        "thalidomide 200 \u00b1 50 mg orally daily", "thalidomide 50 \u00b1 200 mg orally daily",
        "thalidomide 100-200 mg orally daily", "thalidomide 1'200 mg orally daily",
        "thalidomide 200 mg orally daily x5", "thalidomide 200 mg orally daily 3",
        "thalidomide 200 mg orally daily on days 1-99999999", "thalidomide 200 mg \u0664 orally daily",
        "thalidomide 200 mg orally daily, 1-0-1", "thalidomide 200 mg orally daily, <4",
        "thalidomide 200 mg orally twice weekly daily", "thalidomide twelve hundred 200 mg orally daily",
        "thalidomide thirty 200 mg orally daily", "thalidomide half of 200 mg orally daily",
        "thalidomide 1200 200 mg orally daily",
    ],
)  # fmt: skip
def test_a_quote_of_which_a_number_cannot_be_read_is_stopped(tmp_path, quote):
    assert stops_of(tmp_path, of_thalidomide(quote)) & {
        "quote-unread", "not-quoted", "duration-not-quoted", "rhythm-not-quoted",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("quote", "stopped"),
    [
        ("thalidomide 100 mg and 200 mg orally daily", True),
        ("thalidomide 200 mg orally daily, 400 mg in relapse", True),
        ("thalidomide 200 mg (3 mg/kg) orally daily", True),
        ("thalidomide 200 mg orally daily and dexamethasone 40 mg", False),
    ],
)
def test_another_amount_of_a_quote_must_belong_to_another_drug(tmp_path, quote, stopped):
    assert ("amount-not-encoded" in stops_of(tmp_path, of_thalidomide(quote))) == stopped


@pytest.mark.parametrize(
    ("quote", "times", "code"),
    [
        ("thalidomide 50 mg orally 4/day", "", "times-not-quoted"),
        ("thalidomide 50 mg orally 4 a day", "", "times-not-quoted"),
        ("thalidomide 50 mg orally 2/day", "    times: 2\n", None),
        ("thalidomide 50 mg orally 2 per day", "    times: 2\n", None),
        ("thalidomide 50 mg orally q12h", "    times: 2\n", None),
    ],
)
def test_a_number_a_day_is_how_often_a_day(tmp_path, quote, times, code):
    found = stops_of(tmp_path, of_thalidomide(quote, "50 mg", times))
    assert found & {"times-not-quoted", "quote-unread", "not-quoted"} == ({code} if code else set())


@pytest.mark.parametrize("text", [text for text in HOSTILE if len(text) <= 400], ids=len)
def test_a_hostile_quote_costs_little_and_is_stopped(tmp_path, text):
    begun = time.process_time()
    assert stops_of(tmp_path, of_thalidomide(f"{text[:370]} 1 200 mg oral")) & {
        "quote-unread", "not-quoted",
    }  # fmt: skip
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("days", ["1-99999999", "1-999, 1-999", "5-1", "1,1,1"])
def test_days_of_a_quote_are_bounded_before_they_are_listed(tmp_path, capsys, days):
    path = tmp_path / "own.yaml"
    quote = f"thalidomide 200 mg orally daily on days {days}"
    path.write_text(of_thalidomide(quote), "utf-8")
    assert main(["check", str(path)]) == 1
    assert "quote-unread" in capsys.readouterr().out
    assert main(
        ["plan", str(path), "--weight", "70 kg", "--start", "2027-01-11", "--cycles", "1"]
    ) in {1, 2}


def test_daily_in_a_longer_cycle_is_not_its_first_day(tmp_path):
    text = of_thalidomide("thalidomide 200 mg orally daily every 4 weeks")
    text = text.replace("every: 1 day", "every: 4 weeks")
    assert "days-not-quoted" in stops_of(tmp_path, text)


def test_the_quotes_of_the_library_are_read_whole(library):
    for entry in library.regimens.values():
        for order in entry.regimen.orders:
            for stage in order.stages:
                assert not read(words_of(stage)).unread, stage.quote


def test_posology_dose_judges_as_the_page_does(capsys):
    assert main(["dose", "octreotide", "subcutaneous", "200 mcg every other day", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["understood"] == "200 mcg each of octreotide, subcutaneous, every 2 days"
    assert said["verdict"] == "nothing found"
    assert said["findings"] == {"plausible": [], "quoted": [], "feasible": []}
    assert main(["dose", "octreotide", "subcutaneous", "200 g every other day", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["verdict"] == "stop"
    assert {net: found[0]["code"] for net, found in said["findings"].items()} == {
        "plausible": "implausible-dose", "quoted": "printed-error", "feasible": "not-makeable",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["octreotide", "subcutaneous", "1 200 mcg daily"], '"1" is not understood'),
        (["octreotide", "subcutaneous", "200 mcg up to 3 times daily"], '"up to 3 times daily" is not understood'),
        (["octreotide", "subcutaneous", "200 mcg three times daily and at bedtime"], "1 time a day and 3 times a day"),
        (["octreotide", "subcutaneous", "200 mcg daily, hold if sick"], '"hold" is not understood'),
        (["octreotide", "oral", "200 mcg daily"], "has no oral route"),
        (["octreotid", "oral", "200 mcg daily"], "is not in the formulary"),
        (["octreotide", "subcutaneous", "200 mcg daily", "--weight", "70"], "weight: "),
        (["octreotide", "subcutaneous", "200 mcg daily", "--site", "none.yaml"], "none.yaml"),
        (["octreotide", "subcutaneous", "9" * 5000 + " mg"], "at most 300 characters"),
    ],
)  # fmt: skip
def test_posology_dose_refuses_in_one_line(capsys, arguments, words):
    assert main(["dose", *arguments]) == 2
    printed = capsys.readouterr()
    assert words in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""


def test_posology_dose_prints_what_each_net_says(capsys):
    assert main(["dose", "melphalan", "oral", "24 mg daily"]) == 1
    printed = capsys.readouterr().out
    assert "Verdict: stop" in printed
    assert "not judged: the limit for age > 75 years" in printed
    assert main(["dose", "melphalan", "oral", "0.25 mg/kg daily on days 1-4 every 6 weeks"]) == 0
    printed = capsys.readouterr().out
    assert "not judged: the containers and the volume; give the weight" in printed
    assert str(FOLDER) not in printed


def test_a_drug_that_no_regimen_gives_is_said_to_be_compared_with_none(library):
    bare = library._replace(regimens={})
    answer = ask("200 mcg daily", "octreotide", "subcutaneous", bare)
    assert any(
        "no regimen of the library gives this drug" in each for each in answer.not_judged["quoted"]
    )


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("200 mcg in the morning and at bedtime", 2), ("200 mcg every evening", 1),
        ("200 mcg twice daily, in the morning and in the evening", 2),
        ("200 mcg at breakfast, lunch and dinner", 3), ("200 mcg am and pm", 2),
    ],
)  # fmt: skip
def test_times_of_the_day_are_counted(text, times):
    assert read(text).times == {times}
