"""From paper to file: a file to fill in, a page for review, and every change in full."""

import re
import shutil
from html import unescape
from pathlib import Path

import pytest
import yaml

from posology import library as files
from posology.cli import main
from posology.library import FOLDER
from posology.library.skeletons import DRUG, REGIMEN
from posology.model import Offered

IVIG = "scleromyxedema-ivig"


def run(capsys, *words):
    code = main([*words])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_regimen_is_begun_with_every_place_to_fill_in(capsys, tmp_path):
    code, out, _ = run(capsys, "new", "regimen", "lymphoma-mtx")
    assert (code, "posology check lymphoma-mtx.yaml" in out) == (0, True)
    code, out, _ = run(capsys, "check", "lymphoma-mtx.yaml")
    assert code == 1
    assert "still stands in the file; write what is meant [stop not-filled-in]" in out
    assert set(re.findall(r"\[stop ([a-z-]+)\]", out)) == {"not-filled-in", "drug-unknown"}
    assert {"name", "indication", "sources", "orders"} <= set(
        re.findall(r": ([a-z]+): \"?FILL IN.*not-filled-in", out)
    )
    before = (tmp_path / "lymphoma-mtx.yaml").read_bytes()
    code, _, err = run(capsys, "new", "regimen", "lymphoma-mtx")
    assert (code, "exists; it is never overwritten" in err) == (2, True)
    assert (tmp_path / "lymphoma-mtx.yaml").read_bytes() == before


def test_a_drug_of_twenty_lines_is_begun_and_stops_until_it_is_filled_in(capsys, tmp_path):
    code, _, _ = run(capsys, "new", "drug", "lomustine")
    assert code == 0
    path = tmp_path / "drugs" / "lomustine.yaml"
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 20
    code, out, _ = run(capsys, "check", str(path))
    assert set(re.findall(r"\[stop ([a-z-]+)\]", out)) == {"not-filled-in"}
    path.write_text(text.replace("FILL IN", "filled in"), "utf-8")
    code, out, _ = run(capsys, "check", str(path))
    assert (code, " 0 stop" in out) == (0, True)


@pytest.mark.parametrize("name", ["Lymphoma", "a b", "../x", "a.yaml", ""])
def test_a_name_that_is_no_id_is_refused(capsys, tmp_path, name):
    code, _, err = run(capsys, "new", "regimen", name)
    assert (code, "write small letters, digits and hyphens" in err) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(capsys, tmp_path):
    (tmp_path / "drugs").write_text("a file")
    code, _, err = run(capsys, "new", "drug", "lomustine")
    assert (code, "cannot be written" in err) == (2, True)


def test_the_skeletons_are_yaml_and_their_keys_are_read():
    for text in (REGIMEN, DRUG):
        assert yaml.safe_load(text.format(name="a-name"))["version"] == 1


def page_of(capsys, name):
    code, _, _ = run(capsys, "show", name, "--html", "page.html")
    assert code == 0
    return Path("page.html").read_text("utf-8")


@pytest.mark.parametrize("name", files.ids())
def test_the_page_for_review_has_every_quote_and_every_value(capsys, library, name):
    page = page_of(capsys, name)
    plain = unescape(" ".join(re.sub(r"<[^>]*>", "", page).split()))
    for order in library.regimens[name].regimen.orders:
        for quote in {order.quote, *(stage.quote for stage in order.stages)}:
            assert " ".join(quote.split()) in plain
        if not isinstance(order.dose, Offered):
            assert all(stage.dose.plain in plain for stage in order.stages)
    assert "\u00a4" not in page
    assert not re.search(r"(?:src|href)=|https?://(?!\S*doi)", re.sub(r"<li>.*?</li>", "", page))


def test_words_of_a_source_that_are_markup_stay_words(capsys, tmp_path):
    text = (files.FOLDER / f"{IVIG}.yaml").read_text("utf-8")
    (tmp_path / "mine.yaml").write_text(
        text.replace("name: Intra", "name: <script>Intra", 1), "utf-8"
    )
    assert "<script>" not in page_of(capsys, "mine.yaml")


def test_the_page_is_never_written_over_a_file(capsys, tmp_path):
    (tmp_path / "page.html").write_text("mine")
    code, _, err = run(capsys, "show", IVIG, "--html", "page.html")
    assert (code, "exists; take another name" in err) == (2, True)
    code, _, err = run(capsys, "show", IVIG, "--html", str(tmp_path / "none" / "page.html"))
    assert (code, "cannot be written" in err) == (2, True)


def test_a_review_lists_every_line_that_changed_and_what_to_sign(capsys, tmp_path):
    shutil.copy(files.FOLDER / f"{IVIG}.yaml", tmp_path / "mine.yaml")
    text = (tmp_path / "mine.yaml").read_text("utf-8").replace("28 g immuno", "29 g immuno")
    (tmp_path / "mine.yaml").write_text(text, "utf-8")
    _, short, _ = run(capsys, "diff", IVIG, "mine.yaml")
    code, full, _ = run(capsys, "diff", "--review", IVIG, "mine.yaml")
    assert code == 0
    assert "more lines differ" in short
    assert "more lines differ" not in full
    assert full.count("29 g immunoglobulin") > short.count("29 g immunoglobulin")
    sha256 = files.read_regimen("mine.yaml").content_sha256
    assert f"sha256: {sha256}" in full
    assert full.startswith(f"Old  {IVIG}, version")


def test_the_page_for_review_has_what_is_to_be_done_and_the_rules_of_the_drugs(capsys):
    name = "myeloma-daratumumab-lenalidomide-dexamethasone"
    code, _, _ = run(capsys, "show", name, "--html", "page.html")
    text = unescape(re.sub("<[^>]+>", "", Path("page.html").read_text("utf-8")))
    assert code == 0
    assert "antihistamine, paracetamol and the dexamethasone of this day (premedication)" in text
    assert "Pre-medicate patients 1 to 3 hours before each dose" in text
    assert "given out at once" in text


def test_a_regimen_is_checked_with_its_own_drugs(capsys, tmp_path):
    (tmp_path / "drugs").mkdir()
    shipped = (FOLDER / "drugs" / "immunoglobulin.yaml").read_text("utf-8")
    own = tmp_path / "drugs" / "immunoglobulin.yaml"
    own.write_text(shipped, "utf-8")
    other = (FOLDER / "drugs" / "octreotide.yaml").read_text("utf-8")
    (tmp_path / "drugs" / "octreotide.yaml").write_text(other, "utf-8")
    mine = tmp_path / "mine.yaml"
    mine.write_text((FOLDER / f"{IVIG}.yaml").read_text("utf-8"), "utf-8")
    code, out, _ = run(capsys, "check", str(mine))
    assert (code, "2 files, 1 regimen" in out) == (0, True)
    own.write_text(shipped.replace("usual: ", "usual: 9", 1), "utf-8")
    code, out, _ = run(capsys, "check", str(mine))
    assert code == 1
    assert "immunoglobulin.yaml" in out


def test_a_case_that_fails_shows_what_is_computed_however_long_it_is(capsys, tmp_path):
    text = (FOLDER / "myeloma-thalidomide-dexamethasone.yaml").read_text("utf-8")
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        text.replace("mg thalidomide, oral", "mg thalidomide, oral over 4 hours"), "utf-8"
    )
    _, out, _ = run(capsys, "check", str(mine))
    assert "  - … and " in out
    assert "  + … and " in out
