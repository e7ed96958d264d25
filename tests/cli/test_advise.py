import json
import os

from greenlab.record import AdviceList, from_dict

SLOW = """
import pandas as pd
table = pd.read_csv("data.csv")
sums = []
for index, row in table.iterrows():
    sums.append(row["a"] + row["b"])
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


def test_a_folder_means_all_its_notebooks(greenlab, notebook, tmp_path):
    notebook(SLOW, name="a.ipynb")
    notebook("x = 1", name="b.ipynb")
    hidden = tmp_path / ".ipynb_checkpoints"
    hidden.mkdir()
    notebook(SLOW, name=".ipynb_checkpoints/a-checkpoint.ipynb")
    (tmp_path / "broken.ipynb").write_text("no notebook")
    code, out, err = greenlab("advise", tmp_path)
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "1 candidate in 1 notebook, from reading 2 notebooks, 2 code cells:"
    assert lines[1] == "  1  P01  Vectorise: work on whole columns"
    assert [line for line in lines if line.endswith(".ipynb")] == [str(tmp_path / "a.ipynb")]
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


def test_one_that_cannot_be_read_does_not_keep_the_others_back(greenlab, notebook, tmp_path):
    good = notebook(SLOW, name="good.ipynb")
    absent, broken = tmp_path / "absent.ipynb", tmp_path / "broken.ipynb"
    broken.write_text("{")
    code, out, err = greenlab("advise", absent, good, broken, "--json")
    assert code == 2
    assert [from_dict(AdviceList, one).notebook for one in json.loads(out)] == [str(good)]
    assert err.count("\n") == 2
    assert f"there is no file {absent}" in err
    assert f"{broken} is not a notebook" in err
    code, out, err = greenlab("advise", absent, broken)
    assert (code, out) == (2, "")


def test_what_only_looks_like_a_notebook_in_a_folder(greenlab, notebook, tmp_path):
    folder = tmp_path / "project"
    (folder / "called.ipynb" / "deeper").mkdir(parents=True)
    good = notebook(SLOW).rename(folder / "called.ipynb" / "deeper" / "good.ipynb")
    os.mkfifo(folder / "pipe.ipynb")  # reading it would wait for ever
    (folder / "lost.ipynb").symlink_to(tmp_path / "gone.ipynb")
    (folder / "empty.ipynb").write_text("")
    (folder / "again").symlink_to(folder)  # a folder within itself
    code, out, err = greenlab("advise", folder, good, "--json")
    assert code == 0
    assert [from_dict(AdviceList, one).notebook for one in json.loads(out)] == [str(good)]
    assert "there is no file" in err
    assert "empty.ipynb is not a notebook" in err
    assert err.count("\n") == 2


def test_a_folder_that_cannot_be_read_is_named(greenlab, notebook, tmp_path, monkeypatch):
    notebook(SLOW, name="good.ipynb")
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    code, out, err = greenlab("advise", tmp_path)
    assert code == 0
    assert "(P01)" in out
    assert f"cannot read {tmp_path / 'closed'}: Permission denied" in err
