"""What all commands share: help, wrong input, JSON, pipes."""

import json
import os
import subprocess
import sys

import pytest

from greenlab.cli import COMMANDS, advise
from tests.fresh_process import loaded_by


def test_help_comes_from_the_parser_and_names_every_command(greenlab):
    code, out, _ = greenlab("--help")
    assert code == 0
    for command in COMMANDS:
        assert command.NAME in out
        code, text, _ = greenlab(command.NAME, "--help")
        assert code == 0
        assert command.HELP[1:20] in text
        assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    "command", [one for one in COMMANDS if one is not advise], ids=lambda command: command.NAME
)
def test_a_word_too_many_is_said_with_the_commands_own_usage(greenlab, notebook, command):
    words = {"run": [notebook("x = 1")]}
    words["export"] = ["--format", "csv"]
    code, out, err = greenlab(command.NAME, *words.get(command.NAME, []), "bogus")
    assert (code, out) == (2, "")
    assert f"greenlab {command.NAME}: error: unrecognized arguments: bogus" in err


def test_no_command_prints_the_help(greenlab):
    code, out, _ = greenlab()
    assert code == 2
    assert "doctor" in out


@pytest.mark.parametrize("command", ["run", "advise"])
@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("absent.ipynb", None, "there is no file"),
        ("text.ipynb", "hello", "is not a notebook"),
        ("other.ipynb", '{"a": 1}', "is not a notebook"),
        ("list.ipynb", "[1, 2]", "is not a notebook"),
        ("empty.ipynb", "", "is not a notebook"),
        ("binary.ipynb", b"\xff\xfe\x00", "is not a notebook"),
    ],
)
def test_a_wrong_file_gives_one_sentence_and_exit_code_2(
    greenlab, tmp_path, command, name, content, says
):
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        path.write_text(content)
    code, out, err = greenlab(command, path)
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert says in err
    assert str(path) in err


def test_a_folder_is_no_notebook(greenlab, tmp_path):
    code, _, err = greenlab("run", tmp_path)
    assert code == 2
    assert "cannot read" in err


def test_json_to_a_file_that_cannot_be_written(greenlab, notebook, tmp_path):
    code, _, err = greenlab("advise", notebook("x = 1"), "--json", tmp_path / "no" / "a.json")
    assert code == 2
    assert "cannot write" in err


def test_json_before_the_notebook_does_not_take_it_for_the_file(greenlab, notebook):
    path = notebook("x = 1")
    before = path.read_bytes()
    code, out, _ = greenlab("advise", "--json", path)
    assert code == 0
    assert json.loads(out)["schema"] == "greenlab.advise/1"
    assert path.read_bytes() == before


def test_a_reader_that_goes_away_is_no_error():
    code = "import sys; from greenlab.cli import main; sys.exit(main(['doctor']))"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=writer, stderr=subprocess.PIPE, timeout=180
    )
    os.close(writer)
    assert done.stderr == b""


def test_python_dash_m():
    out = subprocess.check_output([sys.executable, "-m", "greenlab", "--version"], text=True)
    assert out.strip()[0].isdigit()


def test_the_command_line_does_not_import_what_is_heavy():
    heavy = (
        "codecarbon",
        "pandas",
        "plotly",
        "torch",
        "nbclient",
        "nbformat",
        "greenlab.sensors",
    )
    code = "from greenlab.cli import parser; parser().format_help()"
    assert loaded_by(code, *heavy) == set()


def test_a_notebook_is_read_without_a_grammar_of_web_addresses(notebook):
    """jsonschema would build it with Lark; whoever wants it afterwards can import it."""
    code = (
        "import sys; from pathlib import Path; from greenlab.cli.notebook_io import read_notebook; "
        "read_notebook(Path(sys.argv[1])); print({'jsonschema', 'lark', 'rfc3987_syntax'}"
        " & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(notebook("1"))]
    assert subprocess.check_output(command, text=True) == "{'jsonschema'}\n"
