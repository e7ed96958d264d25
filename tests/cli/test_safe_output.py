"""What is printed arrives, whatever the terminal; and what cannot arrive takes nothing along."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time

import nbformat
import pytest

from greenlab.cli import main
from greenlab.ledger import Ledger
from greenlab.record import Run, from_dict
from tests.cli.conftest import environment
from tests.ledger.conftest import record

HOSTILE = "/home/zoë/\x1b[31m…/\x9b2J\u202eevil\n\udce9µ😀.ipynb"
CODE = "x = '🌍 naïve \x1b[31m'  # ≈ 3 µg − 1"


@pytest.fixture
def hostile(own_ledger, notebook):
    """A ledger whose notebook's name no terminal should obey, and a notebook like it."""
    ledger = Ledger(own_ledger)
    for name in (HOSTILE, "/home/ada/plain.ipynb"):
        ledger.add(record(notebook=name.encode("utf-8", "backslashreplace").decode()))
    ledger.close()
    return notebook(CODE, "for i, row in df.iterrows():\n    t += row.a", name="µ…😀.ipynb")


COMMANDS = {
    "doctor": ["doctor"],
    "how": ["doctor", "--how", "rapl"],
    "run": ["run", "NOTEBOOK", "-o", "out.ipynb", "--json", "run.json"],
    "advise": ["advise", "NOTEBOOK"],
    "report": ["report"],
    "card": ["card"],
    "csv": ["export", "--format", "csv"],
    "jsonl": ["export", "--format", "jsonl"],
    "calibrate": ["calibrate", "--show"],
    "help": ["run", "--help"],
    "json": ["report", "--json"],
}


def start(name, notebook, tmp_path, stdout, encoding):
    words = [notebook if word == "NOTEBOOK" else word for word in COMMANDS[name]]
    return subprocess.Popen(
        [sys.executable, "-m", "greenlab", *map(str, words)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(PYTHONIOENCODING=encoding, PYTHONUTF8="0"),
    )


def end(process):
    """Its standard error, once it ended without a traceback."""
    _, err = process.communicate(timeout=120)
    text = err.decode("utf-8", "replace")
    assert "Traceback" not in text
    assert "Exception ignored" not in text
    assert process.returncode in {0, 1}
    return text


def check_files(name, tmp_path):
    if name == "run":
        run = from_dict(Run, json.loads((tmp_path / "run.json").read_text("utf-8")))
        assert [one.status for one in run.records] == ["ok", "error"]
        assert nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[1].execution_count


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_any_encoding_shows_everything_and_obeys_nothing(name, encoding, hostile, tmp_path):
    process = start(name, hostile, tmp_path, subprocess.PIPE, encoding)
    raw, err = process.communicate(timeout=120)
    assert b"Traceback" not in err
    check_files(name, tmp_path)
    data = name in {"csv", "jsonl"}  # for programs: the same bytes as with -o
    out = raw.decode("utf-8" if data else encoding)
    assert out or name == "calibrate"
    if not data:
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2028]", out)
    if name == "json":
        names = list(json.loads(out)["by_notebook"])
        assert any("\x9b2J\u202eevil\n" in each for each in names)
    if name == "report":
        assert r"\x1b[31m" in out
        assert r"\x9b2J\u202eevil\n" in out
        assert ("zoë" if encoding != "ascii" else "zoe") in out
    if name == "csv":
        assert "zoë" in out
    if name == "jsonl":
        assert [json.loads(line)["schema"] for line in out.splitlines()]


@pytest.mark.parametrize(
    ("name", "where"),
    [(name, where) for name in COMMANDS for where in ("gone", "full", "closed")]
    + [(name, "one line") for name in ("doctor", "report", "jsonl", "run")],
)
def test_output_that_nobody_takes_takes_nothing_along(name, where, hostile, tmp_path):
    reader, writer = os.pipe()
    if where == "full":
        os.close(writer)
        writer = os.open("/dev/full", os.O_WRONLY)
    if where == "gone":
        os.close(reader)
    if where == "closed":
        words = [str(hostile) if word == "NOTEBOOK" else word for word in COMMANDS[name]]
        process = subprocess.Popen(
            ["/bin/sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "greenlab", *words],
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env=environment(),
        )
    else:
        process = start(name, hostile, tmp_path, writer, "ascii")
    os.close(writer)
    if where == "one line":
        while (byte := os.read(reader, 1)) not in {b"\n", b""}:
            pass
        os.close(reader)
    err = end(process)
    check_files(name, tmp_path)
    if where == "full":
        assert "the output could not be written: No space left on device" in err
        assert process.returncode == 1
    else:
        codes = {"run": {1}, "doctor": {0, 1}, "calibrate": {1}}
        assert process.returncode in codes.get(name, {0})


@pytest.mark.parametrize("encoding", ["cp437", "latin-1", "cp932", "utf-16", "koi8-r"])
def test_other_encodings(encoding, hostile, monkeypatch):
    for words in (["report"], ["card"], ["report", "--json"], ["report", "--help"]):
        raw = io.BytesIO()
        out = io.TextIOWrapper(raw, encoding=encoding, errors="strict", write_through=True)
        monkeypatch.setattr(sys, "stdout", out)
        assert main(words) == 0
        assert sys.stdout is out
        shown = raw.getvalue().decode(encoding)
        assert "runs" in shown or "Energy" in shown or "ledger" in shown
        assert not re.search(
            r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", shown.replace("\r\n", "\n")
        )


def test_an_export_is_the_same_in_a_file_and_in_a_pipe(hostile, tmp_path):
    for name in ("csv", "jsonl"):
        process = start(name, hostile, tmp_path, subprocess.PIPE, "cp1252")
        out, _ = process.communicate(timeout=180)
        assert main([*COMMANDS[name], "-o", str(tmp_path / "export")]) == 0
        assert (tmp_path / "export").read_bytes() == out


def test_a_terminal_is_not_sent_a_names_controls_by_an_export_either(hostile, in_terminal):
    for name in ("csv", "jsonl", "report", "card"):
        code, out = in_terminal(*COMMANDS[name], columns=200)
        assert code == 0
        assert not re.search("[\x1b\x9b\u202e]", out)


@pytest.mark.parametrize("columns", [1, 40, 1000])
def test_any_width(hostile, in_terminal, columns):
    for words in (["report"], ["doctor"], ["advise", hostile]):
        code, out = in_terminal(*words, columns=columns, env={"COLUMNS": str(columns)})
        assert code in {0, 1}
        assert "Traceback" not in out


def test_a_long_name_is_whole_where_there_is_room(own_ledger, in_terminal, greenlab):
    name = f"/home/ada/{'a-long-folder/' * 8}study.ipynb"
    ledger = Ledger(own_ledger)
    ledger.add(record(notebook=name))
    ledger.close()
    assert name in greenlab("report")[1]
    assert name in in_terminal("report", columns=200)[1]
    _, out = in_terminal("report", columns=80)
    (line,) = (each for each in out.splitlines() if each.startswith("/home/"))
    assert "…" in line
    assert "study.ipynb" in line
    assert len(line) <= 80


def wait_for(mark):
    deadline = time.monotonic() + 180
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert mark.exists()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_a_run_that_is_ended_writes_what_there_is(notebook, tmp_path, number, code):
    started, interrupted = tmp_path / "started", tmp_path / "interrupted"
    stubborn = (
        "import time, pathlib\n"
        f"pathlib.Path({str(started)!r}).touch()\n"
        "end = time.monotonic() + 600\n"
        "while time.monotonic() < end:\n"
        "    try:\n"
        "        time.sleep(600)\n"
        "    except KeyboardInterrupt:\n"
        f"        pathlib.Path({str(interrupted)!r}).touch()\n"
    )
    path = notebook("x = 1", stubborn)
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "greenlab",
            "run",
            path,
            "-o",
            "out.ipynb",
            "--json",
            "run.json",
        ],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(started)
    process.send_signal(number)
    if number == signal.SIGINT:  # the cell ignores the first, which the kernel gets
        wait_for(interrupted)
        process.send_signal(number)
    out, err = process.communicate(timeout=180)
    assert process.returncode == code
    assert "Traceback" not in err
    run = from_dict(Run, json.loads((tmp_path / "run.json").read_text()))
    assert run.status == "interrupted"
    assert "in code cell 2 of 2" in run.reason
    assert run.records[0].status == "ok"
    assert nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[1].execution_count == 1
    assert "[1] x = 1" in out
