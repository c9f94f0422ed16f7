"""What is the same for every patient is accepted once, for a version; what concerns one never is."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest

from conftest import READ_AS
from posology import clock, plan, record
from posology import library as files
from posology.cli import main
from posology.course.inputs import make, make_change
from posology.model import Finding, Place
from posology.model.finding import named
from posology.planning.accepting import accept, acceptable
from posology.planning.cases import course_of

TRIPLE = "scleromyxedema-dexamethasone-sirolimus-octreotide"
TD = "myeloma-thalidomide-dexamethasone"
PATIENT = {"weight": "70 kg", "age": "60 years", "sex": "male", "start": "2027-01-04"}
COUNTED = {"neutrophils": "2 G/L", "cycles": 2}
NEVER = {"pregnancy-prevention", "gate", "gate-not-judged", "given-not-judged", "weight", "height",
         "other-unknown", "given-twice", "limit-not-judged", "clearance-high"}  # fmt: skip
"""What concerns a patient."""


@pytest.fixture
def hospital(tmp_path, monkeypatch):
    """A site file of its own, with a comment that must stay."""
    text = (
        (files.FOLDER / "site.yaml").read_text("utf-8").replace("Example hospital", "St Elsewhere")
    )
    path = tmp_path / "hospital.yaml"
    path.write_text("# our file\n" + text, "utf-8")
    monkeypatch.chdir(tmp_path)
    return path


def reviews(name, site, **more):
    choices = READ_AS if name == TRIPLE else {}
    course = make(regimen=name, **{**PATIENT, "choices": choices, **more})
    computed = plan(course, files.load(), site)
    return computed, [each.code for each in computed.findings if each.level == "review"]


def offered(name, site):
    shelf = files.load(name)
    (entry,) = shelf.regimens.values()
    plans = [plan(course_of(case, name), shelf, site) for case, _ in entry.regimen.worked
             if case.refused is None]  # fmt: skip
    return plans, acceptable(plans)


def accepted(name, site, reasons=None):
    """Accept all that is offered, or what ``reasons`` names."""
    plans, found = offered(name, site)
    reasons = dict.fromkeys(found, "as in our protocol") if reasons is None else reasons
    said = accept(plans[0], found, reasons, before=None, by="A. Smith", on=plans[0].course.start)
    of_the_site = site.site.model_copy(update={"accepted": {**site.site.accepted, name: said}})
    return site._replace(site=of_the_site)


def test_what_is_accepted_is_a_note_with_its_reason(hospital):
    site = files.read_site(hospital)
    before, open_ = reviews(TRIPLE, site)
    assert {"unclear", "erratum", "regimen-draft", "combination", "volume-per-site"} <= set(open_)
    computed, left = reviews(TRIPLE, accepted(TRIPLE, site))
    assert left == []
    notes = [each for each in computed.findings if each.accepted]
    assert sorted(each.code for each in notes) == sorted(open_)
    assert all(
        "accepted by A. Smith on Mon 04-Jan-2027: as in our protocol" in each.words
        for each in notes
    )
    assert [each.message for each in before.findings if each.code == "unclear"] == [
        each.message for each in notes if each.code == "unclear"
    ]


def test_only_what_was_accepted_is_a_note(hospital):
    site = accepted(TD, files.read_site(hospital), {"regimen-draft": "compared"})
    _, left = reviews(TD, site, **COUNTED)
    assert "regimen-draft" not in left
    assert {"unclear", "combination"} <= set(left)


@pytest.mark.parametrize(
    "name", [name for name, each in files.load().regimens.items() if not each.regimen.undosed]
)
def test_what_concerns_a_patient_is_never_offered(hospital, name):
    _, found = offered(name, files.read_site(hospital))
    assert found
    assert not {each.code for each in found.values()} & NEVER


def test_what_concerns_a_patient_stays_a_review(hospital):
    site = accepted(TD, files.read_site(hospital))
    woman = {**COUNTED, "sex": "female", "age": "34 years", "pregnancy_possible": "yes"}
    assert reviews(TD, site, **woman)[1] == ["pregnancy-prevention"]
    low = {**COUNTED, "neutrophils": "700 /uL"}
    assert set(reviews(TD, site, **low)[1]) == {"gate", "pregnancy-prevention"}
    others = {**COUNTED, "others": ["prednisone"]}
    _, with_another = reviews(TD, site, **others)
    assert "combination" in with_another, "a pair with another medicine is this patient's"


def test_a_higher_dose_than_the_accepted_one_is_a_review_again():
    """The values are covered: 120 mg a day is not what was accepted as 60 mg a day."""
    finding = Finding("over-day", "review", Place.of("dexamethasone"), "x", (1, 2), same=True)
    assert finding.sha256 != finding._replace(values=(1, 3)).sha256
    assert finding.sha256 == finding._replace(message="y").sha256


def test_another_version_ends_it(hospital, tmp_path):
    site = accepted(TRIPLE, files.read_site(hospital))
    text = (files.FOLDER / f"{TRIPLE}.yaml").read_text("utf-8")
    (tmp_path / f"{TRIPLE}.yaml").write_text(f"# a word more\n{text}", "utf-8")
    shelf = files.load(tmp_path / f"{TRIPLE}.yaml")
    computed = plan(make(regimen=TRIPLE, choices=READ_AS, **PATIENT), shelf, site)
    assert "regimen-draft" in {each.code for each in computed.findings if each.level == "review"}
    (ended,) = [each for each in computed.findings if each.code == "acceptance-ended"]
    assert ended.level == "note"
    assert "the regimen has changed since" in ended.message


def test_another_drug_file_ends_it(hospital):
    site = accepted(TRIPLE, files.read_site(hospital))
    shelf = files.load(TRIPLE)
    other = shelf._replace(drug_files={**shelf.drug_files, "octreotide": "0" * 64})
    computed = plan(make(regimen=TRIPLE, choices=READ_AS, **PATIENT), other, site)
    assert "the drug files have changed since" in "".join(
        each.message for each in computed.findings if each.code == "acceptance-ended"
    )
    assert not any(each.accepted for each in computed.findings)


def test_the_command_lists_accepts_and_takes_back(hospital, capsys):
    before = hospital.read_text("utf-8")
    assert main(["accept", TD, "--site", "hospital.yaml"]) == 0
    listed = capsys.readouterr().out
    names = re.findall(r"^  ([a-z0-9-]+): ", listed, re.MULTILINE)
    assert names == ["unclear", "regimen-draft", "combination"]
    assert hospital.read_text("utf-8") == before
    because = [word for name in names for word in ("--because", f"{name}=our protocol: ½ page")]
    assert main(["accept", TD, "--site", "hospital.yaml", "--by", "A. Smith", *because]) == 0
    assert "3 of 3 findings" in capsys.readouterr().out
    written = hospital.read_text("utf-8")
    assert written.startswith(before)
    kept = files.read_site(hospital).site.accepted[TD]
    assert [each.because for each in kept.findings] == ["our protocol: ½ page"] * 3
    assert main(["accept", TD, "--site", "hospital.yaml"]) == 0
    assert "Accepted by A. Smith" in capsys.readouterr().out
    assert reviews(TD, files.read_site(hospital), **COUNTED)[1] == ["pregnancy-prevention"]
    assert main(["accept", TD, "--site", "hospital.yaml", "--withdraw"]) == 0
    assert hospital.read_text("utf-8") == before


def test_a_second_regimen_and_one_reason_more_keep_the_first(hospital, capsys):
    for name, reason in ((TD, "regimen-draft=x"), (TRIPLE, "erratum=x"), (TD, "unclear=y")):
        assert main(
            ["accept", name, "--site", "hospital.yaml", "--by", "A. Smith", "--because", reason]
        ) == 0  # fmt: skip
    kept = files.read_site(hospital).site.accepted
    assert [each.code for each in kept[TD].findings] == ["regimen-draft", "unclear"]
    assert [each.code for each in kept[TRIPLE].findings] == ["erratum"]
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["accept", "none", "--site", "hospital.yaml"], '"none" is not a regimen of the library'),
        (["accept", TD, "--site", "none.yaml"], "none.yaml"),
        (["accept", TD, "--site", "hospital.yaml", "--because", "unclear=x"], "--by: name the pharmacist"),
        (["accept", TD, "--site", "hospital.yaml", "--by", "A", "--because", "unclear=x"], '--by: "A"'),
        (["accept", TD, "--site", "hospital.yaml", "--by", "A. S", "--because", "unclear"], "gives no reason"),
        (["accept", TD, "--site", "hospital.yaml", "--by", "A. S", "--because", "unclear= "], "gives no reason"),
        (["accept", TD, "--site", "hospital.yaml", "--by", "A. S", "--because", "gate=x"], '"gate" is not offered'),
        (["accept", TD, "--site", "hospital.yaml", "--by", "A. S", "--because", "unclear=x\ny"], "--because: "),
        (["accept", TD, "--site", "hospital.yaml", "--by", "A. S", "--because", "unclear=x", "--because", "unclear=y"], "appears twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_accepted_is_refused_and_nothing_is_written(
    hospital, capsys, arguments, words
):
    before = hospital.read_bytes()
    assert main(arguments) == 2
    assert words in capsys.readouterr().err
    assert hospital.read_bytes() == before


def test_a_site_file_in_another_style_is_not_damaged(hospital, capsys):
    """A file whose last key cannot be found line by line is refused, not rewritten."""
    text = hospital.read_text("utf-8")
    hospital.write_text(text + '"accepted": {}\n', "utf-8")
    before = hospital.read_bytes()
    assert main(
        ["accept", TD, "--site", "hospital.yaml", "--by", "A. Smith", "--because", "unclear=x"]
    ) == 2  # fmt: skip
    assert "the section cannot be added" in capsys.readouterr().err
    assert hospital.read_bytes() == before


@pytest.mark.usefixtures("hospital")
def test_a_regimen_that_cannot_be_computed_has_nothing_to_accept(capsys):
    name = "scleromyxedema-melphalan-dexamethasone-thalidomide"
    assert main(["accept", name, "--site", "hospital.yaml"]) == 2
    assert f"no worked case of {name} can be planned" in capsys.readouterr().err


def test_names_tell_findings_of_one_code_apart():
    one = Finding("unclear", "review", Place.of("a"), "x", ())
    other = Finding("unclear", "review", Place.of("b"), "x", ())
    note = Finding("inferred", "note", Place.of("b"), "x", ())
    assert list(named([one, note])) == ["unclear"]
    assert all(
        re.fullmatch(r"unclear-[0-9a-f]{6}", name) for name in named([one, other, note, one])
    )
    assert len(named([one, other, one])) == 2


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_only_the_section_of_a_site_file_is_written(hospital, capsys, ends):
    """Comments, blank lines, the ends of lines and what stands after the section stay."""
    head = hospital.read_text("utf-8").replace("market: eu", "# moved below\n")
    text = f"{head}\n\naccepted: {{}}\n# a word about the market\nmarket: eu\n# the end\n"
    hospital.write_bytes(text.replace("\n", ends).encode())
    said = ["accept", TD, "--site", "hospital.yaml", "--by", "A. Smith", "--because", "unclear=x"]
    assert main(said) == 0
    written = hospital.read_bytes().decode()
    assert written.count("\n") == written.count(ends)
    lines = written.replace(ends, "\n").splitlines()
    assert lines[: lines.index("accepted:")] == [
        line for line in text.splitlines() if line != "accepted: {}"
    ]
    assert main(["accept", TD, "--site", "hospital.yaml", "--withdraw"]) == 0
    assert "accepted" not in hospital.read_text("utf-8")
    capsys.readouterr()


def test_what_a_change_brings_about_is_not_what_was_accepted(hospital):
    """Found by a reviewer: four pulses within seven days were a note, 240 mg as of another reading."""
    site = accepted(TRIPLE, files.read_site(hospital))
    course = make(regimen=TRIPLE, choices=READ_AS, **PATIENT)
    later = make_change(
        "delay", what="cycle 25 of dexamethasone", days=5, on="2027-01-04", reason="x"
    )
    computed = plan(course.model_copy(update={"changes": (later,)}), files.load(), site)
    (over,) = [each for each in computed.findings if each.code == "over-week"]
    assert over.level == "review"


def test_a_release_rests_on_what_was_accepted(hospital):
    """What was accepted is taken back: the course is looked at again."""
    site, shelf = accepted(TRIPLE, files.read_site(hospital)), files.load()
    course = make(regimen=TRIPLE, choices=READ_AS, **PATIENT)
    at = datetime(2027, 1, 4, 9, tzinfo=UTC)
    kept, computed = record.begin(course, shelf, site, id_=UUID(int=7), at=at)
    computed = record.planned(kept, shelf, site)
    signed = record.release(
        kept,
        computed,
        by="A. Smith",
        checked_by=None,
        weight=[],
        regimen=None,
        acknowledged={},
        at=at,
    )
    assert len(signed.releases[0].accepted) == len(
        [each for each in computed.findings if each.accepted]
    )
    assert "as in our protocol" in next(iter(signed.releases[0].accepted.values()))
    again = record.read(record.content(signed))
    assert again == signed
    assert record.planned(again, shelf, site).released
    assert not record.planned(again, shelf, site).stopped
    fewer = accepted(TRIPLE, files.read_site(hospital), {"erratum": "x"})
    for other in (fewer, files.read_site(hospital)):
        lapsed = record.planned(again, shelf, other)
        assert "release-lapsed" in {each.code for each in lapsed.findings if each.level == "stop"}


def test_a_course_that_was_released_before_stays_so_when_the_site_accepts(hospital):
    shelf, site = files.load(), files.read_site(hospital)
    at = datetime(2027, 1, 4, 9, tzinfo=UTC)
    course = make(regimen=TRIPLE, choices=READ_AS, **PATIENT)
    kept, _ = record.begin(course, shelf, site, id_=UUID(int=8), at=at)
    computed = record.planned(kept, shelf, site)
    seen = dict.fromkeys(named(computed.findings), "")
    signed = record.release(
        kept,
        computed,
        by="A. Smith",
        checked_by=None,
        weight=[],
        regimen=None,
        acknowledged=seen,
        at=at,
    )
    assert not record.planned(signed, shelf, accepted(TRIPLE, site)).stopped


def test_each_finding_keeps_who_accepted_it_and_when(hospital, capsys, monkeypatch):
    said = ["accept", TD, "--site", "hospital.yaml"]
    assert main([*said, "--by", "A. Smith", "--because", "unclear=x"]) == 0
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 3, 1, 9, tzinfo=UTC))
    assert main([*said, "--by", "B. Jones", "--because", "regimen-draft=y"]) == 0
    kept = files.read_site(hospital).site.accepted[TD].findings
    assert [(each.code, each.by, f"{each.on}") for each in kept] == [
        ("unclear", "A. Smith", "2027-01-04"), ("regimen-draft", "B. Jones", "2027-03-01"),
    ]  # fmt: skip
    assert main(said) == 0
    listed = capsys.readouterr().out
    assert "Accepted by A. Smith on Mon 04-Jan-2027: x" in listed
    assert "Accepted by B. Jones on Mon 01-Mar-2027: y" in listed


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--withdraw", "--because", "unclear=x"], "give it without --because"),
        (["--by", "A. Smith"], "say what is accepted, and why"),
        (["--withdraw"], "nothing of myeloma-thalidomide-dexamethasone is accepted"),
    ],
)
def test_options_that_do_not_go_together_are_refused(hospital, capsys, more, words):
    before = hospital.read_bytes()
    assert main(["accept", TD, "--site", "hospital.yaml", *more]) == 2
    assert words in capsys.readouterr().err
    assert hospital.read_bytes() == before


def test_a_folder_is_no_regimen(hospital, capsys):
    assert main(["accept", str(files.FOLDER), "--site", hospital.name]) == 2
    assert "is a folder; name one regimen" in capsys.readouterr().err


def test_what_holds_for_a_choice_alone_says_for_which(hospital):
    _, found = offered(TRIPLE, files.read_site(hospital))
    week = [each.message for each in found.values() if each.code == "over-week"]
    assert len(week) == 1
    assert (
        "[where it is: dexamethasone.reading 120 mg each, dexamethasone.salt phosphate]" in week[0]
    )
