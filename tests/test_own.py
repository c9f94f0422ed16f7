"""Files of one's own: what ``posology check`` stops, a plan stops as well."""

import copy
import csv
import hashlib
import io
import json
import shutil
from datetime import UTC, datetime
from uuid import UUID

import pytest
import yaml

from conftest import CHOOSE_READ
from posology import library as files
from posology import plan, record
from posology.course.inputs import make
from posology.errors import CourseError, DosingError, LibraryError, RecordError
from posology.export.calendar import calendar
from posology.export.document import json_bytes
from posology.export.sheet import _foot, _inputs
from posology.export.table import csv_bytes
from posology.export.text import text as shown
from posology.export.workbook import _about
from posology.model import Drug
from test_slips import DRUGS, ESCAPES, put, slipped, trials
from tiers import in_parts

OCTREOTIDE = ("--weight", "70 kg", "--start", "2027-01-11", *CHOOSE_READ)


def few(part, slips):
    """Choose every 211th slip, and for the thorough tier every third of the others."""
    return part.choose(slips, 211)[:: 3 if part.number else 1]


def planned_from_file(path, site):
    """Plan the first worked case of a regimen's file, as ``posology plan FILE`` does."""
    loaded = files.load(path)
    case = next(each for each, _ in loaded.regimens[path.stem].regimen.worked if not each.refused)
    inputs = {**case.patient.texts}
    course = make(
        regimen=path.stem, weight=inputs.pop("weight"), start=case.start.isoformat(),
        cycles=case.cycles, choices=case.choose, without=case.without, **inputs,
    )  # fmt: skip
    return plan(course, loaded, site)


def is_stopped(path, site):
    try:
        return planned_from_file(path, site).stopped
    except (LibraryError, CourseError, DosingError):
        return True


def copied(folder, name="scleromyxedema-dexamethasone-sirolimus-octreotide"):
    """Copy a shipped regimen and the drugs into a folder of one's own."""
    shutil.copytree(files.FOLDER / "drugs", folder / "drugs")
    return shutil.copy(files.FOLDER / f"{name}.yaml", folder / "mine.yaml")


def test_a_copy_of_a_shipped_regimen_is_planned_as_the_shipped_one(tmp_path, site):
    copied(tmp_path)
    assert not is_stopped(tmp_path / "mine.yaml", site)


def test_two_orders_of_one_name_are_refused_in_words(tmp_path, site):
    path = copied(tmp_path)
    content = yaml.safe_load(path.read_text("utf-8"))
    content["orders"].append(copy.deepcopy(content["orders"][0]))
    path.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    with pytest.raises(CourseError, match="two orders are named dexamethasone"):
        planned_from_file(path, site)


@in_parts(1)
@pytest.mark.parametrize("name", files.ids())
def test_a_slip_in_a_regimen_of_ones_own_stops_its_plan(name, tmp_path, site, library, part):
    entry = library.regimens[name]
    if entry.regimen.undosed:
        return
    wrong, own = [], tmp_path / f"{name}.yaml"
    as_it_is = ((), "", copy.deepcopy(entry.tree.value))
    for path, slip, value in [as_it_is, *few(part, trials(entry.tree.value))]:
        if (name, path, slip) in ESCAPES:
            continue
        value.pop("extends", None)  # the orders of its base are here already
        own.write_text(yaml.safe_dump(value, sort_keys=False), "utf-8")
        if is_stopped(own, site) != bool(path):
            wrong.append((path, slip))
    assert wrong == []


@in_parts(1)
@pytest.mark.parametrize("name", DRUGS)
def test_a_slip_in_a_drug_file_of_ones_own_stops_a_plan(name, tmp_path, site, library, part):
    regimen = next(
        each.id for each in library.regimens.values()
        if not each.regimen.undosed and name in {order.drug for order in each.regimen.orders}
    )  # fmt: skip
    copied(tmp_path, regimen)
    _, where = files.read_drug(files.FOLDER / "drugs" / f"{name}.yaml")
    wrong = []
    for path, text in few(part, slipped(Drug, where.value)):
        content = yaml.safe_dump(put(where.value, path, text), sort_keys=False)
        (tmp_path / "drugs" / f"{name}.yaml").write_text(content, "utf-8")
        if not is_stopped(tmp_path / "mine.yaml", site):
            wrong.append((path, text))
    assert wrong == []


def test_200_g_of_octreotide_in_files_of_ones_own_is_not_planned(tmp_path, run):
    """All three: the dose in g without its erratum, and a drug file that allows it."""
    copied(tmp_path)
    mine, drug = tmp_path / "mine.yaml", tmp_path / "drugs" / "octreotide.yaml"
    text = mine.read_text("utf-8").replace("dose: 200 mcg each", "dose: 200 g each")
    mine.write_text(text, "utf-8")
    limits = drug.read_text("utf-8")
    for key in ("usual:", "absolute:"):
        limits = "\n".join(
            line.replace(" mcg", " g") if key in line else line for line in limits.splitlines()
        )
    drug.write_text(limits, "utf-8")
    done = run("plan", "mine.yaml", *OCTREOTIDE, "--ics", "x.ics", "--save", "x.json")
    assert done.code != 0
    assert not (tmp_path / "x.ics").exists()
    assert not (tmp_path / "x.json").exists()


def test_a_stop_of_a_drug_file_names_the_file(tmp_path, run):
    copied(tmp_path)
    drug = tmp_path / "drugs" / "octreotide.yaml"
    drug.write_text(drug.read_text("utf-8").replace(" mcg stop", " mcg pass", 1), "utf-8")
    done = run("plan", "mine.yaml", *OCTREOTIDE)
    assert done.code == 1
    assert "drug file octreotide, not the shipped one: " in done.out + done.err


def own_drug(tmp_path, name, regimen, edit):
    """Plan a shipped regimen whose folder holds an edited copy of one drug's file."""
    shutil.copytree(files.FOLDER / "drugs", tmp_path / "drugs")
    path = shutil.copy(files.FOLDER / f"{regimen}.yaml", tmp_path / "mine.yaml")
    drug = tmp_path / "drugs" / f"{name}.yaml"
    value = yaml.safe_load(drug.read_text("utf-8").replace(": yes", ": 'yes'"))
    edit(value)
    drug.write_text(yaml.safe_dump(texts(value), sort_keys=False), "utf-8")
    return path


def texts(value):
    if isinstance(value, dict):
        return {str(key): texts(one) for key, one in value.items()}
    return [texts(one) for one in value] if isinstance(value, list) else str(value)


REGIMEN_OF = {
    "thalidomide": "myeloma-thalidomide-dexamethasone",
    "bortezomib": "myeloma-bortezomib-dexamethasone",
    "immunoglobulin": "scleromyxedema-ivig",
    "lenalidomide": "myeloma-lenalidomide-dexamethasone",
}


def drug_findings(path, site):
    computed = planned_from_file(path, site)
    return computed, [one for one in computed.findings if one.code.startswith("drug-")]


def dropped(name):
    """List every part of a drug's file that may be left out and decides or warns."""
    value = yaml.safe_load((files.FOLDER / "drugs" / f"{name}.yaml").read_text("utf-8"))
    for field in ("warnings", "monitoring", "pregnancy_prevention", "vaccines", "risks", "supply"):
        if field in value:
            yield (field,)
    for field in ("warnings", "monitoring", "pregnancy_prevention", "risks"):
        yield from ((field, number) for number in range(len(value.get(field, []))))
    for route, giving in value["routes"].items():
        yield from (("routes", route, one) for one in ("apart", "largest_volume") if one in giving)
        if len(giving["windows"]) > 1:
            for number in range(len(giving["windows"])):
                yield ("routes", route, "windows", number)


DROPPED_PARTS = [(name, place) for name in REGIMEN_OF for place in dropped(name)]


def test_each_kind_of_part_is_dropped():
    assert {place[-1] for _, place in DROPPED_PARTS} > {"warnings", "supply", "apart", "vaccines"}
    assert len(DROPPED_PARTS) > 40


@in_parts(1)
def test_what_an_own_drug_file_lacks_is_named(tmp_path, site, part):
    for number, (name, place) in enumerate(part.choose(DROPPED_PARTS, 5)):

        def edit(value, place=place):
            for step in place[:-1]:
                value = value[step]
            del value[place[-1]]

        path = own_drug(tmp_path / str(number), name, REGIMEN_OF[name], edit)
        try:
            computed, found = drug_findings(path, site)
        except (LibraryError, CourseError, DosingError):
            continue  # the file cannot be read, or no dose be made: nothing is planned
        assert computed.origin.own_drugs == (name,)
        (one,) = found
        assert (one.code, one.level) == ("drug-differs", "review"), place
        assert any(value.startswith("lacks ") for value in one.values[1:]), place
        assert any(str(place[0]) in value for value in one.values[1:]), (place, one.values)


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda value: value.update(form="solution"), "has another form"),
        (
            lambda value: value["supply"].update(most="56 days", text="56 days"),
            "has another supply",
        ),
        (lambda value: value["warnings"][0].update(text="Nothing."), "lacks warnings 1 of"),
        (
            lambda value: value["pregnancy_prevention"][0].update(possible="no", text="x"),
            "lacks pregnancy_prevention",
        ),
    ],
)
def test_what_an_own_drug_file_says_otherwise_is_named(tmp_path, site, edit, says):
    path = own_drug(tmp_path, "thalidomide", REGIMEN_OF["thalidomide"], edit)
    _, found = drug_findings(path, site)
    assert [one.code for one in found] == ["drug-differs"]
    assert says in found[0].message


def test_an_own_drug_file_that_only_adds_is_a_note_and_is_named_in_every_export(tmp_path, site):
    def edit(value):
        value["warnings"].append(
            {"text": "Ours.", "source": next(iter(value["sources"])), "basis": "inferred"}
        )

    path = own_drug(tmp_path, "immunoglobulin", "scleromyxedema-ivig", edit)
    computed, found = drug_findings(path, site)
    assert [(one.code, one.level) for one in found] == [("drug-own", "note")]
    assert "your own files: immunoglobulin" in shown(computed)
    assert json.loads(json_bytes(computed))["formulary"]["own_drugs"] == ["immunoglobulin"]
    row = next(csv.DictReader(io.StringIO(csv_bytes(computed).decode())))
    assert row["own_drugs"] == "immunoglobulin"
    assert "Formulary" in {row[0] for row in _inputs(computed)}
    assert ("formulary", computed.origin.formulary) in _about(computed)


def test_the_formulary_has_the_hash_of_its_files(tmp_path, site):
    shipped = planned_from_file(files.FOLDER / "scleromyxedema-ivig.yaml", site).origin
    sha256 = hashlib.sha256((files.FOLDER / "drugs/immunoglobulin.yaml").read_bytes()).hexdigest()
    expected = hashlib.sha256(f"immunoglobulin {sha256}\n".encode()).hexdigest()
    assert (shipped.formulary_sha256, shipped.own_drugs, shipped.mark) == (expected, (), "")
    copied(tmp_path, "scleromyxedema-ivig")
    with (tmp_path / "drugs/immunoglobulin.yaml").open("a") as file:
        file.write("# ours\n")
    other = planned_from_file(tmp_path / "mine.yaml", site).origin
    assert (other.own_drugs, other.mark) == ((), " (own file)")
    assert other.formulary_sha256 not in {"", expected}


IVIG = "scleromyxedema-ivig"
OTHER_CONTENT = [
    ("version: ", "version: 9", "(not the library's version"),
    ("name: ", "name: Other", "(not the library's)"),
    ("indication: ", "indication: other", "(not the library's)"),
]


@pytest.mark.parametrize(("begins", "line", "mark"), OTHER_CONTENT)
def test_no_id_of_the_library_stands_beside_other_content(tmp_path, site, begins, line, mark):
    lines = (files.FOLDER / f"{IVIG}.yaml").read_text("utf-8").splitlines()
    at = next(number for number, each in enumerate(lines) if each.startswith(begins))
    path = tmp_path / f"{IVIG}.yaml"
    path.write_text("\n".join([*lines[:at], line, *lines[at + 1 :]]) + "\n", "utf-8")
    computed = planned_from_file(path, site)
    assert computed.named.startswith(f"{IVIG} {mark}")
    for printed in (
        shown(computed),
        csv_bytes(computed).decode(),
        calendar(computed).decode(),
        _foot(computed),
    ):
        unfolded = printed.replace("\r\n ", "").replace("\\", "")
        assert f"{IVIG} {mark}" in unfolded
        assert f"{IVIG} version" not in unfolded
        assert f"{IVIG}, version" not in unfolded
    assert json.loads(json_bytes(computed))["regimen"]["of_the_library"] is False


def forged(raw, origin, sha256):
    """Change a course file outside Posology, so that each of its hashes is right again."""
    held = json.loads(raw)
    del held["sha256"]
    (key,) = held["regimens"]
    value = held["regimens"].pop(key)
    value["orders"][0]["dose"] = "2.1 g/kg per cycle"
    held["regimens"][sha256 or key] = value
    held["origin"] = origin
    for revision in held["revisions"]:
        revision["regimen_sha256"] = sha256 or key
    body = (json.dumps(held, ensure_ascii=False, indent=1) + "\n").encode()
    end = f',\n "sha256": "{hashlib.sha256(body).hexdigest()}"\n}}\n'.encode()
    return body.removesuffix(b"\n}\n") + end


@pytest.mark.parametrize("origin", ["file", "library"])
@pytest.mark.parametrize("sha256", [None, "0" * 64])
@pytest.mark.parametrize("known", [True, False])
def test_other_content_under_a_regimens_name_is_found(library, site, origin, sha256, known):
    course = make(regimen=IVIG, weight="70 kg", start="2027-01-11", cycles=1,
                  choices={"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-4"})  # fmt: skip
    at = datetime(2027, 1, 4, 9, tzinfo=UTC)
    kept, _ = record.begin(course, library, site, id_=UUID(int=1), at=at)
    changed = record.read(forged(record.content(kept), origin, sha256))
    shelf = library if known else library._replace(regimens={})
    try:
        computed = record.planned(changed, shelf, site)
    except RecordError as error:
        assert "under the sha256 of" in str(error)  # noqa: PT017 - or the next
        return
    assert computed.stopped or computed.named == f"{IVIG} (not the library's)"
    # With the library at hand, its own content is computed, and the events then differ.
    assert computed.stopped or known is False


def test_a_dose_in_a_unit_of_another_kind_is_told_with_its_drug(tmp_path, site):
    """Found by an attack: "5 units cannot be compared with 1 mcg", without a file or a drug."""
    path = copied(tmp_path)
    text = path.read_text("utf-8").replace("dose: 200 mcg each", "dose: 5 units each")
    path.write_text(text, "utf-8")
    found = planned_from_file(path, site).findings
    told = {each.code: each.message for each in found if each.level == "stop"}
    assert told["not-dispensable"].startswith("octreotide: 5 units cannot be compared")
    assert told["window-missing"].startswith("octreotide, subcutaneous, has no window")


def test_a_course_names_the_drug_files_that_it_was_computed_with(library, site):
    """Another text in a drug file is a note; a course file without the hash says nothing."""
    course = make(
        regimen=IVIG,
        weight="70 kg",
        start="2027-01-11",
        cycles=1,
        choices={"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"},
    )
    at = datetime(2027, 1, 4, 9, tzinfo=UTC)
    kept, computed = record.begin(course, library, site, id_=UUID(int=1 << 100), at=at)
    assert kept.revisions[0].formulary_sha256 == computed.origin.formulary_sha256
    assert record.read(record.content(kept)) == kept
    others = library._replace(drug_files={**library.drug_files, "immunoglobulin": "0" * 64})

    def noted(kept, library):
        found = record.planned(kept, library, site).findings
        return [each.level for each in found if each.code == "formulary-changed"]

    assert (noted(kept, library), noted(kept, others)) == ([], ["note"])
    first = kept.revisions[0].model_copy(update={"formulary_sha256": None})
    assert noted(kept.model_copy(update={"revisions": (first,)}), others) == []


def test_a_ceiling_that_an_own_drug_file_adds_is_told(tmp_path, site):
    """Found by a review: 14 mg/kg/min for this disease, and "it gives doses as the shipped one"."""
    path = copied(tmp_path, "scleromyxedema-ivig")
    drug = tmp_path / "drugs" / "immunoglobulin.yaml"
    entry = yaml.load(drug.read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - every value is text
    ladder = entry["products"]["privigen"]["ladder"]
    ladder["most"]["scleromyxedema"] = {
        "rate": "14 mg/kg/min",
        "source": "posology",
        "basis": "inferred",
    }
    ladder["example"]["scleromyxedema"] = "840 mL/h"
    drug.write_text(yaml.safe_dump(entry, sort_keys=False), "utf-8")
    found = planned_from_file(path, site).findings
    (told,) = [each.message for each in found if each.code == "drug-differs"]
    assert "adds products.privigen.ladder.most.scleromyxedema" in told


def test_an_own_table_that_lacks_a_pair_is_told(tmp_path, site):
    path = copied(tmp_path)
    text = (files.FOLDER / "combinations.yaml").read_text("utf-8")
    start = text.index("  - drugs: [octreotide, sirolimus]")
    end = text.index("  - drugs:", start + 5)
    for content, told in ((text, []), (text[:start] + text[end:], ["octreotide + sirolimus"])):
        (tmp_path / "combinations.yaml").write_text(content, "utf-8")
        found = planned_from_file(path, site).findings
        assert [
            value for each in found if each.code == "combinations-differ" for value in each.values
        ] == told
