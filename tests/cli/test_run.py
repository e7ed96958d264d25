"""Notebooks in real kernels."""

import json
import os
import signal
import subprocess
import sys
import time

import nbformat
import pytest

from greenlab.ledger import Ledger
from greenlab.record import Run, from_dict


@pytest.fixture(autouse=True)
def kernel_finds_this_package(monkeypatch, tmp_path):
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    monkeypatch.setenv("PYTHONPATH", root)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


def code_cells(path):
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def test_every_cell_is_weighed(greenlab, notebook, tmp_path, own_ledger):
    path = notebook("x = sum(range(10**6))\nx", "", "import os; print(os.getcwd())")
    executed, document = tmp_path / "out.ipynb", tmp_path / "run.json"
    code, out, err = greenlab("run", path, "-o", executed, "--json", document)
    assert code == 0, err
    run = from_dict(Run, json.loads(document.read_text()))
    cells = code_cells(path)
    assert [one.cell_id for one in run.records] == [cells[0].id, cells[2].id]
    assert [one.execution_count for one in run.records] == [1, 2]
    assert {one.status for one in run.records} == {"ok"}
    assert {one.notebook for one in run.records} == {str(path)}
    assert run.status == "ok"
    assert run.energy_j.value == pytest.approx(sum(o.energy_j.value for o in run.records))
    first, _, third = code_cells(executed)
    assert first.outputs[0].data["text/plain"] == str(sum(range(10**6)))
    assert third.outputs[0].text.strip() == str(path.parent)  # in the notebook's folder
    assert not any("greenlab" in str(cell.outputs) for cell in (first, third))
    assert "[1] x = sum(range(10**6))" in out
    ledger = Ledger(own_ledger)
    assert {one.id for one in ledger.records()} == {one.id for one in run.records}
    ledger.close()


def test_the_table_fits_the_terminal_and_is_whole_elsewhere(greenlab, notebook, in_terminal):
    line = "total = sum(value**2 for value in range(1000) if value % 7)"
    path = notebook(line)
    for columns in (80, 100):
        code, out = in_terminal("run", path, columns=columns)
        assert code == 0
        assert max(map(len, out.splitlines())) <= columns
        assert "[1] total = sum(" in out
        assert f"[1] {line}" not in out
    assert f"[1] {line}" in greenlab("run", path)[1]
    assert f"[1] {line}" in in_terminal("run", path, columns=200)[1]


def test_a_failing_cell_stops_the_run_and_keeps_its_record(greenlab, notebook, tmp_path):
    path = notebook("x = 1", "x / 0", "y = 2")
    executed = tmp_path / "out.ipynb"
    code, out, err = greenlab("run", path, "-o", executed, "--json")
    assert code == 1
    run = from_dict(Run, json.loads(out))  # stdout is JSON alone
    assert [one.status for one in run.records] == ["ok", "error"]
    assert run.status == "error"
    assert "ZeroDivisionError" in run.reason
    assert "code cell 2 of 3" in err
    _, failed, untouched = code_cells(executed)
    assert failed.outputs[0].ename == "ZeroDivisionError"
    assert untouched.execution_count is None


def test_units_that_were_not_counted_are_named_though_the_cell_is_quiet(greenlab, notebook):
    path = notebook("%%energy -q --per missing text\nx = 1", "%%energy --per 2 page\nx = 1")
    code, out, err = greenlab("run", path)
    assert code == 0, err
    assert "cell [1]: not counted: --per 'missing' text: NameError" in err
    assert err.count("not counted") == 1
    assert "per page" in out


def test_an_expected_error_does_not_stop_the_run(greenlab, notebook):
    path = notebook("1 / 0", "y = 2")
    book = nbformat.read(path, as_version=4)
    book.cells[1].metadata.tags = ["raises-exception"]
    nbformat.write(book, path)
    code, out, _ = greenlab("run", path, "--json")
    assert code == 0
    assert [one["status"] for one in json.loads(out)["records"]] == ["error", "ok"]


def test_a_kernel_that_dies_keeps_what_finished(greenlab, notebook):
    code, out, err = greenlab("run", notebook("x = 1", "import os; os._exit(3)"), "--json")
    assert code == 1
    run = from_dict(Run, json.loads(out))
    assert len(run.records) == 1
    assert run.status == "error"
    assert "the kernel died in code cell 2 of 2" in err
    assert run.energy_j.lacks == ("code cell 2 of 2",)
    assert run.energy_j.high is None


def test_cells_that_were_not_weighed_are_named(greenlab, notebook):
    path = notebook("x = 1", "%unload_ext greenlab", "y = 2")
    code, out, _ = greenlab("run", path)
    assert code == 0
    assert "Not counted: code cell 2 of 3, code cell 3 of 3." in out
    assert "off or unloaded" in out


def test_a_cell_that_takes_too_long(greenlab, notebook):
    path = notebook("import time; time.sleep(60)")
    code, out, err = greenlab("run", path, "--timeout", 2, "--json")
    assert code == 1
    assert "took longer than 2 s" in err
    assert [one["status"] for one in json.loads(out)["records"]] == ["interrupted"]


def test_ctrl_c_keeps_the_record_of_the_cell(notebook, tmp_path):
    mark = tmp_path / "started"
    path = notebook(f"import time; open({str(mark)!r}, 'w').close(); time.sleep(60)")
    process = subprocess.Popen(
        [sys.executable, "-m", "greenlab", "run", str(path), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 180
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=180)
    assert process.returncode == 130
    run = from_dict(Run, json.loads(out))
    assert run.status == "interrupted"
    assert [one.status for one in run.records] == ["interrupted"]
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--kernel", "no-such-kernel"], "there is no kernel 'no-such-kernel'"),
        (["--timeout", "soon"], "not a whole number of seconds"),
        (["-o", "/no/such/folder/out.ipynb"], "there is no folder"),
    ],
)
def test_wrong_input(greenlab, notebook, words, says):
    code, out, err = greenlab("run", notebook("x = 1"), *words)
    assert code == 2
    assert says in err
    assert out == ""


def test_a_kernel_without_greenlab_says_where_to_install_it(
    greenlab, notebook, monkeypatch, tmp_path
):
    (tmp_path / "bare" / "greenlab").mkdir(parents=True)
    (tmp_path / "bare" / "greenlab" / "__init__.py").write_text("raise ImportError('not here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "bare"))
    code, _, err = greenlab("run", notebook("x = 1"))
    assert code == 1
    assert "install jupyterlab-greenlab" in err


def test_a_relative_ledger_is_the_same_file_in_the_kernels_folder(
    greenlab, notebook, tmp_path, monkeypatch
):
    path = notebook("x = 1")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("GREENLAB_LEDGER", "mine.sqlite")
    assert greenlab("run", path)[0] == 0
    ledger = Ledger(tmp_path / "elsewhere" / "mine.sqlite")
    assert len(ledger.records()) == 1
    ledger.close()


def test_an_old_notebook_without_cell_ids(greenlab, tmp_path):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
    book.nbformat_minor = 4
    del book.cells[0]["id"]
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps(book))
    code, out, _ = greenlab("run", path, "--json")
    assert code == 0
    assert len(json.loads(out)["records"]) == 1


def test_what_is_wrong_in_the_kernel_is_reported(greenlab, notebook, own_ledger, monkeypatch):
    own_ledger.write_text("no database, but somebody's")
    monkeypatch.setenv("GREENLAB_PUE", "low")
    code, out, err = greenlab("run", notebook("x = 1"), "--json")
    assert code == 0
    run = from_dict(Run, json.loads(out))
    assert len(run.warnings) == 2
    assert "is damaged or is no SQLite file" in err
    assert "GREENLAB_PUE is 'low'" in err
    assert own_ledger.read_text() == "no database, but somebody's"


def test_the_figures_are_reported_even_where_a_file_cannot_be_written(
    greenlab, notebook, tmp_path
):
    path = notebook("x = 1")
    for option in ("-o", "--json"):
        code, out, err = greenlab("run", path, option, tmp_path)
        assert (code, out) == (2, "")  # before anything has run
        assert "Name a file in it" in err
    late = "import pathlib, shutil\nshutil.rmtree('later')"
    (tmp_path / "later").mkdir()
    code, out, err = greenlab(
        "run", notebook(late), "-o", tmp_path / "later/o.ipynb", "--json", tmp_path / "run.json"
    )
    assert code == 2
    assert "cannot write" in err
    assert "[1] import pathlib" in out
    assert json.loads((tmp_path / "run.json").read_text())["status"] == "ok"


def test_a_notebook_without_code_says_so(greenlab, notebook):
    code, out, _ = greenlab("run", notebook())
    assert code == 0
    assert "Note: no cell has run." in out


def test_the_kernels_own_log_stays_out(notebook, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "greenlab", "run", notebook("1")], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "IPKernelApp" not in done.stderr


def test_what_the_kernels_process_writes_itself_is_text_on_standard_error(notebook):
    path = notebook(
        "import os, subprocess\n"
        "os.write(1, b'\\x1b[31mout \\xc3\\xa9\\n')\n"
        "os.write(2, b'\\x1b[31merr \\xff\\n')",
        "os.system(\"printf '\\\\033[31mshell\\n'\")",
        "left = subprocess.Popen(['sleep', '120'])",  # holds the pipe, and keeps nobody waiting
        "import ctypes; ctypes.string_at(0)",
    )
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "greenlab", "run", path, "--json"],
        capture_output=True,
        text=True,
    )
    assert time.monotonic() - start < 100
    run = from_dict(Run, json.loads(done.stdout))  # JSON alone
    assert "the kernel died in code cell 4" in run.reason
    assert "\x1b" not in done.stderr
    for says in (r"\x1b[31mout é", r"\x1b[31merr �", r"\x1b[31mshell"):
        assert says in done.stderr
