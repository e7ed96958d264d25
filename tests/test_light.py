"""Where neither Jupyter nor the larger packages are: a worker, or a job in CI.

As after `pip install --no-deps jupyterlab-greenlab psutil nvidia-ml-py`: an environment of its
own with these three, linked from the one that the tests run in.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import tomllib
import venv
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from greenlab import optional_dependencies
from greenlab.advice import Signals, advise
from greenlab.cli import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
ABSENT = ("IPython", "codecarbon", "ipykernel", "ipywidgets", "jupyterlab", "libcst", "nbclient",
          "nbformat", "numpy", "pandas", "plotly", "pycountry")  # fmt: skip


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The interpreter of that environment."""
    home = tmp_path_factory.mktemp("light")
    venv.create(home, symlinks=os.name != "nt")
    (site,) = home.glob("**/site-packages")
    for name in ("greenlab", "psutil", "pynvml"):
        origin = Path(find_spec(name).origin)
        package = origin.parent if origin.name == "__init__.py" else origin
        (site / package.name).symlink_to(package)
    return next(path for path in home.glob("*/python*") if path.stem == "python")


@pytest.fixture
def run(python, tmp_path):
    """Runs Python there; what it gave, which is never a traceback."""

    def run(*arguments, code=0, **more):
        environment = {
            **{name: text for name, text in os.environ.items() if name != "PYTHONPATH"},
            "PYTHONNOUSERSITE": "1",
            **more,
        }
        done = subprocess.run(
            [python, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def weighed(run):
    """A ledger that holds one block."""
    run("-c", BLOCK)
    return run


BLOCK = textwrap.dedent("""
    import json, greenlab
    with greenlab.measure("fit") as m:
        sum(range(2_000_000))
    kept = greenlab.session.current().ledger.records()
    print(json.dumps([m.record.to_dict(), [one.id for one in kept]]))
""")


def test_the_environment_is_as_it_should_be(run):
    code = "import json, sys, importlib.util as u; print(json.dumps([n for n in sys.argv[1:] if u.find_spec(n)]))"
    assert json.loads(run("-c", code, *ABSENT, "psutil", "pynvml").stdout) == [
        "psutil",
        "pynvml",
    ]


def test_a_block_is_weighed_and_kept(run):
    record, kept = json.loads(run("-c", BLOCK).stdout)
    assert record["energy_j"]["value"] > 0
    assert kept == [record["id"]]


@pytest.mark.parametrize("zone", ["", "FR", "US-CA", "Atlantis"])
def test_without_the_grids_figures_grams_are_not_known_and_why(run, zone):
    record, _ = json.loads(run("-c", BLOCK, GREENLAB_ZONE=zone).stdout)
    for figure in (record["emissions_g"], record["intensity"]):
        assert figure["value"] is None
        assert "pip install 'codecarbon>=3.3,<3.4'" in figure["reason"]


def test_doctor_lacks_nothing_but_the_grid(run, monkeypatch, tmp_path):
    for name in ("GREENLAB_LEDGER", "GREENLAB_CALIBRATION"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    examination = json.loads(run("-m", "greenlab", "doctor", "--json", code=1).stdout)
    assert examination["schema"] == "greenlab.doctor.examination/1"
    assert examination["environment"]["ledger"].startswith(str(tmp_path / "jupyter"))
    shown = run("-m", "greenlab", "doctor", code=1).stdout
    assert "Error" not in shown
    assert "codecarbon" in shown
    assert shown.rstrip().endswith("No figures for: the grid.")


@pytest.mark.parametrize("form", ["csv", "jsonl", "codecarbon"])
def test_the_ledger_is_exported(weighed, form):
    out = weighed("-m", "greenlab", "export", "--format", form).stdout
    assert "fit" in out or form == "codecarbon"


@pytest.mark.parametrize("command", [("report",), ("report", "--json"), ("card",)])
def test_the_ledger_is_reported(weighed, command):
    assert weighed("-m", "greenlab", *command).stdout.strip()


@pytest.mark.parametrize("command", [one.NAME for one in COMMANDS])
def test_every_command_has_its_help(run, command):
    assert command in run("-m", "greenlab", command, "--help").stdout


def test_what_is_lacking_is_named(run):
    code = "import greenlab\ntry:\n    greenlab.dashboard()\nexcept ImportError as error:\n    print(error)"
    said = "the dashboard cannot be had: ipywidgets is not installed: pip install ipywidgets\n"
    assert run("-c", code).stdout == said


@pytest.mark.parametrize("command", ["advise", "run"])
def test_a_command_that_lacks_a_package_names_it(run, tmp_path, command):
    (tmp_path / "n.ipynb").write_text(NOTEBOOK)
    said = run("-m", "greenlab", command, "n.ipynb", code=1).stderr
    assert said == (
        f"greenlab {command} needs one more package: nbformat is not installed: "
        "pip install nbclient\n"
    )


NOTEBOOK = json.dumps(
    {
        "cells": [{"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": [], "id": "a",
                   "execution_count": None}],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
)  # fmt: skip


def test_advice_is_given_in_words_where_no_change_can_be_written(monkeypatch):
    ensemble = pytest.importorskip("sklearn.ensemble")
    import numpy as np

    monkeypatch.setitem(sys.modules, "libcst", None)
    monkeypatch.delitem(sys.modules, "greenlab.advice.rewriting.apply_edits", raising=False)
    X = np.zeros((10_000, 2))
    (advice,) = advise(
        "clf = GradientBoostingClassifier().fit(X, y)",
        {"GradientBoostingClassifier": ensemble.GradientBoostingClassifier, "X": X, "y": X[:, 0]},
        Signals(60.0, cpu_s=60.0),
        cell_id="c", cell_index=0, execution_count=1, source_hash="0",
    )  # fmt: skip
    assert (advice.rule, advice.change) == ("S01", None)
    said = "libcst, which writes a change as code, is not installed: pip install libcst."
    assert advice.because[-1] == said


def test_what_to_install_is_what_the_package_asks_for():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    asked = [Requirement(one) for one in tomllib.loads(text)["project"]["dependencies"]]
    versions = {one.name: one.specifier for one in asked}
    for given in optional_dependencies.REQUIREMENTS.values():
        one = Requirement(given.strip("'"))
        assert one.specifier == versions[one.name] or not one.specifier, given
