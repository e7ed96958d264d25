import json

from greenlab.record import AdviceList, from_dict

SLOW = """
import pandas as pd
table = pd.read_csv("data.csv")
for index, row in table.iterrows():
    print(row["a"] + row["b"])
"""


def test_a_notebook_without_anything_to_say(greenlab, notebook):
    code, out, _ = greenlab("advise", notebook("x = 1", "y = 2"))
    assert code == 0
    assert "No advice from reading 2 code cells" in out


def test_candidates_as_json_and_as_text_without_running(greenlab, notebook, monkeypatch):
    from greenlab import advice
    from greenlab.record import Advice

    def read(cells):
        assert [source for _, source in cells] == ["x = 1", SLOW]
        assert all(cell_id for cell_id, _ in cells)
        return (
            Advice(
                "a", "P01", cells[1][0], 1, "hash", "A row loop", ("3 loops",), None, None, ""
            ),
        )

    monkeypatch.setattr(advice, "read", read)
    path = notebook("x = 1", SLOW)
    before = path.read_bytes()
    code, out, _ = greenlab("advise", path)
    assert code == 0
    assert "code cell 2: A row loop (P01)" in out
    assert "3 loops" in out
    _, out, _ = greenlab("advise", path, "--json")
    found = from_dict(AdviceList, json.loads(out))
    assert found.notebook == str(path)
    assert found.advice[0].status == "candidate"
    assert path.read_bytes() == before


def test_what_the_rules_find_is_candidates(greenlab, notebook):
    _, out, _ = greenlab("advise", notebook(SLOW), "--json")
    assert {one["status"] for one in json.loads(out)["advice"]} <= {"candidate"}


def test_a_folder_stands_for_its_notebooks(greenlab, notebook, tmp_path):
    notebook(SLOW, name="a.ipynb")
    notebook("x = 1", name="b.ipynb")
    hidden = tmp_path / ".ipynb_checkpoints"
    hidden.mkdir()
    notebook(SLOW, name=".ipynb_checkpoints/a-checkpoint.ipynb")
    (tmp_path / "broken.ipynb").write_text("no notebook")
    code, out, err = greenlab("advise", tmp_path)
    assert code == 0
    assert [line for line in out.splitlines() if line.endswith(".ipynb")] == [
        str(tmp_path / "a.ipynb")
    ]
    assert "broken.ipynb is not a notebook" in err
    _, out, _ = greenlab("advise", tmp_path, "--json=-")
    assert [from_dict(AdviceList, one).notebook for one in json.loads(out)] == [
        str(tmp_path / "a.ipynb"),
        str(tmp_path / "b.ipynb"),
    ]


def test_several_notebooks_and_a_folder_without_one(greenlab, notebook, tmp_path):
    plain = [notebook(source, name=f"{source}.ipynb") for source in ("x", "y")]
    code, out, _ = greenlab("advise", *plain)
    assert (code, out) == (0, "No advice from reading 2 notebooks, 2 code cells.\n")
    empty = tmp_path / "empty"
    empty.mkdir()
    code, _, err = greenlab("advise", empty)
    assert code == 2
    assert "there is no notebook in" in err
