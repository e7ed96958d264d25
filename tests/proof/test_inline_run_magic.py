"""A script that a cell runs by `%run` is a part of that cell."""

import pytest

from greenlab.proof.code_version import CodeVersion, UnfitError
from greenlab.proof.inline_run_magic import runs

TEXT = "'''says'''\nfrom __future__ import annotations\nx = 1\n"


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "work.py").write_text(TEXT)
    return tmp_path / "work.py"


def variables(version):
    space = {"__name__": "__main__"}
    exec(version.code("cell"), space)
    return space


@pytest.mark.parametrize(
    "line",
    ["%run work.py", "%run -i 'work.py'", '%run -e "./work.py"  # ours', "%run {path}"],
)
def test_a_script_is_written_out_as_it_would_run(line, path):
    line = line.format(path=path)
    found = variables(CodeVersion.of(f"# first\n{line}\ny = x + 1"))
    assert (found["x"], found["y"], found["__file__"]) == (1, 2, str(path))
    assert runs(line, str(path))


def test_another_text_may_stand_for_it(path):
    version = CodeVersion.of("%run work.py", {str(path): "x = 2"})
    assert variables(version)["x"] == 2
    assert path.read_text() == TEXT


@pytest.mark.parametrize(
    "line",
    [
        "%run work.py 3",
        "%run -n work.py",
        "%run -t work.py",
        "%run none.py",
        "%run broken.py",
        "%run book.ipynb",
        "if True:\n    %run work.py",
        "%run work.py; y = 1",
    ],
)
def test_what_runs_in_another_way_is_not_taken_for_it(line, path):
    (path.parent / "broken.py").write_text("x = = 1")
    with pytest.raises(UnfitError, match="a line for the shell"):
        CodeVersion.of(line)
