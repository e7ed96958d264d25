"""Notebook files as other programs leave them."""

import json

import nbformat
import pytest

from greenlab.cli.errors import UsageError
from greenlab.cli.notebook_io import read_notebook
from greenlab.record import AdviceList, Run, from_dict

LOOP = (
    "import pandas as pd\nout = []\nfor i, row in df.iterrows():\n    out.append(row['a'] * 2)"
)


def book(*sources, minor=5, ids=()):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    made = nbformat.v4.new_notebook(cells=cells)
    made.nbformat_minor = minor
    made.metadata.kernelspec = {"name": "python3", "display_name": "x", "language": "python"}
    for cell in made.cells:
        del cell["id"]
    for cell, cell_id in zip(made.cells, ids):
        if cell_id is not None:
            cell["id"] = cell_id
    return made


def old_book(*sources):
    return nbformat.convert(book(*sources, minor=4), 3)


WITHOUT_OWN_IDS = {
    "4.0": book("x = 1", LOOP, "z = 3", minor=0),
    "4.4": book("x = 1", LOOP, "z = 3", minor=4),
    "4.5, none": book("x = 1", LOOP, "z = 3"),
    "4.5, some": book("x = 1", LOOP, "z = 3", ids=["first", None, "third"]),
    "4.5, doubles": book("x = 1", LOOP, "z = 3", ids=["same", "same", "same"]),
    "4.5, no ids by the schema": book("x = 1", LOOP, "z = 3", ids=["a b", "", 7]),
    "4.4 with ids": book("x = 1", LOOP, "z = 3", minor=4, ids=["a", "b", "c"]),
    "3": old_book("x = 1", LOOP, "z = 3"),
}


@pytest.fixture(params=WITHOUT_OWN_IDS)
def odd(request, tmp_path):
    path = tmp_path / "odd.ipynb"
    path.write_text(json.dumps(WITHOUT_OWN_IDS[request.param]))
    return path


def test_each_cell_has_an_id_of_its_own_and_the_file_stays_what_it_was(odd, request):
    was = json.loads(odd.read_text())
    opened = read_notebook(odd)
    assert [cell.source for cell in opened.code_cells] == ["x = 1", LOOP, "z = 3"]
    assert len({cell.id for cell in opened.code_cells}) == 3
    written = json.loads(opened.text())
    if "with ids" not in request.node.name:  # which is none by the schema of 4.4
        nbformat.validate(written)
    assert written["nbformat"] == 4
    if was["nbformat"] == 4:
        assert written["nbformat_minor"] == was["nbformat_minor"]
        for before, after in zip(was["cells"], written["cells"], strict=True):
            if was["nbformat_minor"] < 5:
                assert after.get("id") == before.get("id")
        if was["nbformat_minor"] == 5:
            ids = [cell["id"] for cell in written["cells"]]
            assert ids == [cell.id for cell in opened.code_cells]


def test_an_id_that_tells_cells_apart_is_kept(tmp_path):
    path = tmp_path / "some.ipynb"
    path.write_text(json.dumps(WITHOUT_OWN_IDS["4.5, doubles"]))
    first, second, third = read_notebook(path).code_cells
    assert (first.id, first.id_in_file) == ("same", "same")
    assert (second.id_in_file, third.id_in_file) == (None, None)


def test_advice_names_the_right_cell_and_no_id_that_was_made_up(greenlab, odd):
    code, out, _ = greenlab("advise", odd, "--json")
    assert code == 0
    (advice,) = from_dict(AdviceList, json.loads(out)).advice
    was = json.loads(odd.read_text())
    own = was["cells"][1].get("id") if was["nbformat"] == 4 else None
    assert (advice.cell_index, advice.cell_id) == (1, own if own == "b" else None)


@pytest.mark.parametrize("kind", ["4.4", "4.5, doubles", "4.5, some"])
def test_rows_of_a_run_bear_their_own_cells_text(greenlab, tmp_path, kind):
    made = json.loads(json.dumps(WITHOUT_OWN_IDS[kind]))
    for number, cell in enumerate(made["cells"]):
        cell["source"] = f"value_{number} = {number}"
    path = tmp_path / "odd.ipynb"
    path.write_text(json.dumps(made))
    code, out, err = greenlab(
        "run", path, "-o", tmp_path / "out.ipynb", "--json", tmp_path / "run.json"
    )
    assert code == 0, err
    for number in range(3):
        assert f"[{number + 1}] value_{number} = {number} " in out
    assert (
        json.loads((tmp_path / "out.ipynb").read_text())["nbformat_minor"]
        == (made["nbformat_minor"])
    )
    run = from_dict(Run, json.loads((tmp_path / "run.json").read_text()))
    assert len({one.cell_id for one in run.records}) == 3


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),  # a shell's `>` on Windows
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
        lambda text: text.encode() + b"\n\n  ",
    ],
    ids=["BOM", "UTF-16", "CRLF", "BOM and CRLF", "blanks at its end"],
)
def test_a_notebook_in_another_encoding_is_read(greenlab, tmp_path, encode):
    path = tmp_path / "saved elsewhere.ipynb"
    path.write_bytes(encode(json.dumps(book("x = 'é'", LOOP), indent=1, ensure_ascii=False)))
    assert [cell.source for cell in read_notebook(path).code_cells] == ["x = 'é'", LOOP]
    assert greenlab("advise", path)[0] == 0


@pytest.mark.parametrize("content", [b"\0" * 4096, json.dumps(book("x")).encode() + b"\0" * 9])
def test_what_a_crash_leaves_is_named(tmp_path, content):
    path = tmp_path / "crashed.ipynb"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"ends in NUL bytes.*ipynb_checkpoints"):
        read_notebook(path)


def test_a_large_notebook_is_read(tmp_path):
    made = book("x = 1")
    output = nbformat.v4.new_output("stream", text="é" * 20_000_000)
    made.cells[0].outputs = [output]
    path = tmp_path / "large.ipynb"
    path.write_text(json.dumps(made))
    assert len(read_notebook(path).code_cells) == 1
