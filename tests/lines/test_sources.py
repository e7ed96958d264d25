"""Whose code a file holds, and where a sampled line stands."""

import linecache
import sys
import sysconfig
from pathlib import Path

import pytest

from greenlab.lines.calls import Place
from greenlab.lines.sources import Located, Sources
from greenlab.lines.user_code import UserCode
from greenlab.lines.window_code import WindowCode


@pytest.fixture
def user(tmp_path):
    return UserCode(lambda: {"cell3.py": 3, "cell7.py": 7}, lambda: str(tmp_path))


def test_cells_and_files_below_the_folder_are_the_users(user, tmp_path):
    assert user.holds("cell3.py")
    assert user.holds(str(tmp_path / "train.py"))
    assert user.holds(str(tmp_path / "lib" / "model.py"))


def test_libraries_are_not(user, tmp_path):
    import greenlab

    for file in (
        str(tmp_path / ".venv/lib/python3.12/site-packages/torch/nn/module.py"),
        str(Path(sysconfig.get_paths()["stdlib"]) / "json" / "encoder.py"),
        greenlab.__file__,
        "<frozen importlib._bootstrap>",
        "<string>",
        "/somewhere/else.py",
        "",
        "\0",
    ):
        assert not user.holds(file), file


def test_an_environment_in_the_folder_is_none_of_the_users(tmp_path):
    user = UserCode(dict, lambda: sys.prefix)
    assert not user.holds(str(Path(sys.prefix) / "bin" / "pytest"))


def test_a_line_of_this_cell_of_another_and_of_a_file(user):
    sources = Sources(
        WindowCode(user, "%%energy --lines\nx = 1"), 7, "c7", frozenset(), {3: "c3"}.get
    )
    assert sources.place(Place("cell7.py", 2, "<module>")) == Located(None, 2, 7, "c7")
    assert sources.place(Place("cell3.py", 5, "f")) == Located(None, 5, 3, "c3")
    assert sources.place(Place("/a/train.py", 9, "f")) == Located("/a/train.py", 9)
    assert sources.text(Place("cell7.py", 2, "<module>")) == "x = 1"
    assert sources.text(Place("/nowhere/train.py", 9, "f")) is None


def test_the_body_of_a_magic_is_found_in_the_cell(user):
    source = "%%energy --lines\n%%capture\nx = 1\nx = 1"
    body = "x = 1\nx = 1\n"
    linecache.cache["body.py"] = (len(body), None, body.splitlines(keepends=True), "body.py")
    user = UserCode(lambda: {"body.py": 8}, user._folder)
    sources = Sources(WindowCode(user, source), 7, "c7", frozenset({"body.py"}))
    assert sources.place(Place("body.py", 2, "<module>")) == Located(None, 4, 7, "c7")
    assert sources.place(Place("<timed exec>", 1, "<module>")) == Located(None, 3, 7, "c7")


def test_two_lines_that_say_the_same_are_told_apart(user):
    source = "%%energy --lines\nx = 1\nx = 1\n"
    same = "#\nx = 1\nx = 1\n"
    linecache.cache["cell7.py"] = (len(same), None, same.splitlines(keepends=True), "cell7.py")
    sources = Sources(WindowCode(user, source), 7, "c7", frozenset({"cell7.py"}))
    assert sources.place(Place("cell7.py", 2, "<module>")).line == 2
