"""Advice from what a kernel saw while its cells ran: where they worked, and on which objects."""

import os

import pytest

from tests.notebook.kernel import Kernel

SETUP = """\
%load_ext greenlab
import numpy as np
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.model_selection import GridSearchCV
import sklearn.ensemble
from sklearn.preprocessing import StandardScaler
def rows(count):
    rng = np.random.default_rng(0)
    X = rng.random((count, 12))
    return X, (X[:, 0] > 0.5).astype(int)
"""
FUNCTION = """\
def main():
    X, y = rows(3000)
    model = GradientBoostingClassifier(n_estimators=120)
    model.fit(X, y)
"""
PREPARED = """\
def prepare(count):
    return [str(i * i)[::-1] for i in range(count)]
words = prepare(4_000_000)
"""
TABLE_OF_FUNCTIONS = f"""\
{FUNCTION}
STEPS = {{"fit": [main]}}
def run(name):
    for step in STEPS[name]:
        step()
"""
BY_NAME = """\
class Study:
    def __init__(self, estimator):
        self.estimator = estimator
    def train(self):
        self.estimator.fit(*rows(3000))
def build(name):
    return Study(getattr(sklearn.ensemble, name)(n_estimators=120))
"""
NO_NAME = """\
def make():
    return RandomForestClassifier(n_estimators=300)
def forest():
    X, y = rows(2000)
    make().fit(StandardScaler().fit_transform(X), y)
"""
SEARCH = """\
def search():
    X, y = rows(2000)
    grid = {"max_depth": [2, 3]}
    GridSearchCV(GradientBoostingClassifier(n_estimators=20), grid, cv=3).fit(X, y)
"""
ROWS = """\
import pandas as pd
def row_by_row(count):
    df = pd.DataFrame({"a": np.arange(count) * 1.0}).query("a >= 0")
    out = []
    for _, row in df.iterrows():
        out.append(row["a"] * 2)
    return out
"""
SERVICE = """\
class Service:
    def __init__(self):
        self.X, y = rows(1000)
        self.model = RandomForestClassifier(20).fit(self.X, y)
    def answer(self):
        found = []
        for row in self.X[:300]:
            found.append(self.model.predict([row])[0])
        return found
SERVICES = {"forest": Service}
"""
TORCH = """\
import torch
from torch import nn
can = {**torch.cpu.get_capabilities(), "architecture": "x86_64", "avx512_bf16": True}
torch.cpu.get_capabilities = lambda: can
torch.ops.mkldnn._is_mkldnn_bf16_supported = lambda: True
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(256, 1024), nn.ReLU(), nn.Linear(1024, 1024))
    def forward(self, x):
        return self.body(x)
class Runner:
    def __init__(self, make):
        self.net = make()
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.01)
    def step(self, xb, yb):
        self.opt.zero_grad()
        loss = nn.functional.cross_entropy(self.net(xb), yb)
        loss.backward()
        self.opt.step()
    def run(self, epochs):
        x = torch.randn(2048, 256)
        for _ in range(epochs):
            for xb, yb in zip(x.split(256), x[:, :4].argmax(1).split(256)):
                self.step(xb, yb)
NETS = {"net": Net}
def train(name, epochs):
    Runner(NETS[name]).run(epochs)
"""
MADE = f"{TORCH}net, x = Net(), torch.randn(256, 256)\ny = x[:, :4].argmax(1)\n"
FIT = """\
def fit(net, x, y, steps):
    for _ in range(steps):
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
"""
ADVICE = """\
from greenlab.notebook import extension as _extension
from greenlab.record import to_dict as _to_dict
def _advice():
    _extension.current().adviser.settle(120)
    return [_to_dict(one) for one in _extension.current().advice]
"""
TOO_LITTLE = "Too little of the cell's energy was used there for this change to matter."


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """Cells of a fifth of a second are heavy here, so that a test takes no longer."""
    ledger = str(tmp_path_factory.mktemp("ledger") / "ledger.sqlite")
    environment = {"GREENLAB_LEDGER": ledger, "GREENLAB_ADVICE_MIN_S": "0.2"}
    kernel = Kernel({**os.environ, **environment, "GREENLAB_ZONE": "FR"})
    assert kernel.run(SETUP).status == "ok"
    kernel.run(ADVICE, silent=True)
    yield kernel
    kernel.stop()


def advice_for(kernel, cell, *before):
    """What is advised for a cell, by rule."""
    for number, code in enumerate(before):
        assert kernel.run(code, cell_id=f"before-{number}").status == "ok"
    reply = kernel.run(f"%%energy --lines -q\n{cell}", cell_id="cell")
    assert reply.status == "ok", reply.content
    return {one["rule"]: one for one in kernel.eval("_advice()") if one["cell_id"] == "cell"}


def place_in(advice):
    (said,) = [fact for fact in advice["because"] if "of what this cell's code used" in fact]
    return said


@pytest.mark.parametrize(
    ("before", "cell", "rule", "line"),
    [
        ([FUNCTION], "main()", "S01", "ine 4 of cell ["),
        ([TABLE_OF_FUNCTIONS], "run('fit')", "S01", "ine 4 of cell ["),
        ([BY_NAME], "build('GradientBoostingRegressor').train()", "S01", "ine 5 of cell ["),
        ([NO_NAME], "forest()", "S03", "ine 5 of cell ["),
        ([SEARCH], "search()", "S01", "ine 4 of cell ["),
        ([ROWS], "row_by_row(20_000);", "P01", "ine 5 of cell ["),
        ([SERVICE], "SERVICES['forest']().answer();", "L01", "ine 8 of cell ["),
        ([], f"{FUNCTION}main()", "S01", "ine 5, `model.fit(X, y)`"),
    ],
)
def test_objects_that_are_gone_are_known_by_what_was_seen_of_them(
    kernel, before, cell, rule, line
):
    found = advice_for(kernel, cell, *before)
    assert found[rule]["status"] == "shown"
    assert line in place_in(found[rule])
    assert found[rule]["saving"]["share"] > 0.5


def test_a_script_that_run_runs(kernel, tmp_path):
    study = tmp_path / "study.py"
    study.write_text(f"{SETUP.partition(chr(10))[2]}{FUNCTION}main()\n")
    kernel.run("from greenlab import session as _session")
    kernel.run(f"_session.current().lines.user._folder = lambda: {str(tmp_path)!r}")
    found = advice_for(kernel, f"%run {study}")
    assert found["S01"]["status"] == "shown"
    assert "of study.py, `model.fit(X, y)`" in place_in(found["S01"])


def test_a_fit_beside_heavy_preparation_is_listed(kernel):
    fit = "X, y = rows(1500)\nclf = GradientBoostingClassifier(n_estimators=3)\nclf.fit(X, y);"
    found = advice_for(kernel, f"{PREPARED}{fit}")
    assert found["S01"]["status"] == "candidate"
    assert TOO_LITTLE in found["S01"]["because"]


@pytest.mark.torch
def test_a_training_beside_heavy_preparation_is_listed_and_a_hot_one_shown(kernel):
    pytest.importorskip("torch")
    found = advice_for(kernel, "train('net', 25)", TORCH, "train('net', 1)")
    assert found["T01"]["status"] == "shown"
    assert "`loss" in place_in(found["T01"])  # its forward or its backward pass
    assert found["T01"]["saving"]["share"] > 0.3
    found = advice_for(kernel, f"{PREPARED}fit(net, x, y, 3)", MADE, FIT)
    assert found["T01"]["status"] == "candidate"
    assert TOO_LITTLE in found["T01"]["because"]


@pytest.mark.torch
@pytest.mark.parametrize("before", [False, True])
def test_a_function_below_time_is_judged_by_its_text(kernel, before):
    """Its lines are not seen: that its loop is nowhere in the stacks says nothing."""
    pytest.importorskip("torch")
    cells = (f"%%time\n{FIT}fit(net, x, y, 30)",)
    if before:
        cells = (f"%%time\n{FIT}", "fit(net, x, y, 30)")
    found = advice_for(kernel, cells[-1], MADE, *cells[:-1])
    assert found["T01"]["status"] == "shown"
