"""Real proofs in real copies of this process: what they find, and that nothing here changes."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from greenlab import compare, session
from greenlab.proof import Frozen, Proof, Terms, CodeVersion
from greenlab.proof.backends import choose

from . import workload

LIGHT, HEAVY = "spin(60)", "spin(300)"
SPACE = {"spin": workload.spin, "np": np}


def test_a_large_saving_is_verified(prove):
    verdict = prove("spin(1500)", LIGHT, dict(SPACE), looks=(3, 5, 8, 12))
    assert verdict.ratio < 0.6
    assert verdict.low < verdict.ratio < verdict.high
    assert verdict.before_j > verdict.after_j > 0
    assert verdict.cost_j > 3 * verdict.before_j
    assert verdict.status == "verified", str(verdict)
    assert "less energy" in str(verdict)


def test_more_work_is_rejected(prove):
    verdict = prove(LIGHT, "spin(1500)", dict(SPACE), looks=(3, 5, 8, 12))
    assert verdict.ratio > 1
    assert verdict.status == "rejected", str(verdict)


def test_what_is_modelled_says_so(prove):
    verdict = prove(LIGHT, LIGHT, dict(SPACE))
    assert verdict.tier != "missing"
    assert (verdict.tier == "measured") == (verdict.note is None)


def test_all_is_as_before_bit_for_bit(prove, tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    sklearn = pytest.importorskip("sklearn.linear_model")
    monkeypatch.chdir(tmp_path)
    Path("data.csv").write_text("1,2\n3,4\n")
    model = torch.nn.Sequential(
        torch.nn.Linear(4, 8), torch.nn.Dropout(), torch.nn.Linear(8, 1)
    )
    opt = torch.optim.Adam(model.parameters())
    x = torch.randn(16, 4)
    model(x).sum().backward()
    opt.step()
    estimator = sklearn.SGDClassifier().fit(np.eye(3), [0, 1, 0])
    space = {
        **SPACE, "torch": torch, "model": model, "opt": opt, "x": x, "clf": estimator,
        "rows": iter(range(5)), "Out": {1: 2}, "_": 3,
    }  # fmt: skip
    source = """
import random
for _ in range(20):
    opt.zero_grad()
    loss = model(x).pow(2).sum()
    loss.backward()
    opt.step()
clf.partial_fit(np.eye(3), [1, 0, 1])
np.random.rand(); random.random(); torch.rand(1)
next(rows)
spin(100)
extra = np.loadtxt("data.csv", delimiter=",")
np.save("weights.npy", extra)
with open("data.csv", "w") as f:
    f.write("gone")
del _
"""

    def state():
        kept = {name: id(value) for name, value in space.items()}
        tensors = [t.detach().numpy().tobytes() for t in model.state_dict().values()]
        steps = [t.numpy().tobytes() for s in opt.state.values() for t in s.values()]
        grads = [p.grad.numpy().tobytes() for p in model.parameters()]
        rest = (estimator.coef_.tobytes(), estimator.t_, model.training, os.getcwd())
        paths = [path for path in tmp_path.iterdir() if not path.name.startswith("ledger")]
        files = {path.name: path.read_bytes() for path in paths}
        return kept, tensors, steps, grads, rest, files, workload.randoms(), dict(os.environ)

    before = state()
    verdict = prove(source, source, space, metric="loss.item()", max_drop=1e9)
    assert verdict.pairs >= 2, str(verdict)
    assert verdict.quality.before == verdict.quality.after  # the same seeds, the same state
    assert state() == before
    assert next(space["rows"]) == 0


def test_torch_keeps_its_gradient_mode(prove):
    torch = pytest.importorskip("torch")
    source = "spin(60)\nassert not torch.is_grad_enabled()"
    with torch.no_grad():
        verdict = prove(source, source, {**SPACE, "torch": torch})
    assert verdict.pairs >= 2, str(verdict)


def test_a_metric_that_falls_too_far_fails(prove):
    verdict = prove(
        "spin(300)\nq = 1.0", "spin(60)\nq = 0.5", dict(SPACE), metric="q", max_drop=0.1
    )
    assert verdict.status == "quality-failed", str(verdict)
    assert (verdict.quality.before, verdict.quality.after) == (1.0, 0.5)


def test_a_metric_of_a_functions_value(prove):
    verdict = compare(
        lambda: workload.spin(60) or 2.0,
        lambda: workload.spin(60) or 1.0,
        metric=lambda value: value,
        max_drop=0.5,
        looks=(2,),
    )
    assert verdict.status in ("quality-failed", "inconclusive")
    if verdict.pairs:
        assert verdict.quality.before == 2.0


def test_what_fails_is_reported(prove):
    assert "ZeroDivisionError" in prove("1 / 0", LIGHT, dict(SPACE)).reason
    assert "SystemExit" in prove(LIGHT, "raise SystemExit", dict(SPACE)).reason
    changed = prove(LIGHT, "1 / 0", dict(SPACE))
    assert (changed.status, changed.ratio) == ("inconclusive", None)
    assert changed.reason.startswith("the changed version failed")


INTERRUPTED = """
import os, signal, sys, tempfile, threading
from pathlib import Path
import psutil
from greenlab import session
from greenlab.proof.backends.choose import Frozen

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
tempfile.tempdir = sys.argv[1]
session.current()
fork = os.fork
def interrupting():
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    return fork()
os.fork = interrupting
try:
    Frozen({})
except KeyboardInterrupt:
    left = list(Path(sys.argv[1]).glob("greenlab-proof-*"))
    print(len(psutil.Process().children()), len(left))
"""


@pytest.mark.skipif(not choose.can_fork(), reason="there is no fork")
def test_an_interrupt_while_the_copy_is_made_leaves_nothing(tmp_path):
    """In a process of its own: no other test's handlers, finalisers and threads."""
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path)], capture_output=True, text=True
    )
    assert done.stdout.split() == ["0", "0"], done.stderr


def test_unsafe_code_never_runs(prove, tmp_path):
    target = tmp_path / "made"
    verdict = prove(f"open({str(target)!r}, 'w')", LIGHT, dict(SPACE))
    assert verdict.status == "unsafe"
    assert "line 1" in verdict.reason
    assert not target.exists()


HIDDEN = {
    "writes": "open(path, 'w')",
    "removes": "import os\nos.remove(path)",
    "moves": "import os\nos.rename(path, path + '2')",
    "starts": "import subprocess\nsubprocess.run(['touch', path])",
    "system": "import os\nos.system('touch ' + path)",
    "calls": "import socket\nsocket.create_connection(('127.0.0.1', 9))",
}


@pytest.mark.parametrize("name", HIDDEN)
def test_the_guard_stops_what_was_overlooked(prove, tmp_path, name):
    kept = tmp_path / "kept"
    kept.write_text("mine")
    verdict = prove(HIDDEN[name], LIGHT, {**SPACE, "path": str(kept)}, trusted=True)
    assert verdict.status == "unsafe", str(verdict)
    assert kept.read_text() == "mine"
    assert not (tmp_path / "kept2").exists()


WHOLE_NAMES = """
from pathlib import Path
import os
np.save(Path.cwd() / "a.npy", np.ones(2))
np.save(os.path.join(os.getcwd(), "a.npy"), np.ones(2))
assert np.load(whole).sum() == 0
spin(60)
"""


def test_a_copy_writes_where_it_works(prove, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", np.zeros(2))
    space = {**SPACE, "whole": str(tmp_path / "a.npy")}
    verdict = prove(WHOLE_NAMES, WHOLE_NAMES, space)
    assert verdict.pairs >= 2, str(verdict)
    assert np.load("a.npy").sum() == 0
    overlooked = prove("np.save(whole, np.ones(2))", "1", space, trusted=True)
    assert overlooked.status == "unsafe"
    assert "by its absolute path" in overlooked.reason
    assert np.load("a.npy").sum() == 0


def test_output_stays_away(prove, capfd):
    prove("print('loud')\nspin(30)", LIGHT, dict(SPACE))
    assert "loud" not in "".join(capfd.readouterr())


def test_threads_that_computed_before_do_not_hang_it(prove):
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        x = torch.ones(400, 400)
        x @ x
        verdict = prove("for _ in range(5): x @ x", "x @ x", {"x": x}, budget_s=60)
    finally:
        torch.set_num_threads(threads)
    assert verdict.pairs >= 2, str(verdict)


def test_it_can_be_stopped_from_another_thread():
    proof = Proof(CodeVersion.of("spin(10**7)"), CodeVersion.of(LIGHT), dict(SPACE))
    proof.start()
    assert proof.running
    threading.Timer(0.5, proof.stop).start()
    began = time.monotonic()
    verdict = proof.wait(120)
    assert (verdict.status, verdict.reason) == ("inconclusive", "stopped")
    assert time.monotonic() - began < 120
    assert not proof.running


BUSY = """
import time
began = time.process_time()
while time.process_time() - began < 0.7:
    pass
"""


def test_while_a_cell_runs_the_proof_pauses():
    proof = Proof(
        CodeVersion.of(BUSY), CodeVersion.of(BUSY), {}, Terms(looks=(2,), trusted=True)
    )
    proof.start()
    while len(copies()) < 3:  # the supervisor, the copy, and its run
        time.sleep(0.05)
    proof.pause()
    time.sleep(0.3)
    before = spent_s()
    time.sleep(1)
    assert spent_s() == before
    assert proof.running
    proof.resume()
    verdict = proof.wait(120)
    assert verdict.pairs == 2, str(verdict)


BEFORE = set()


@pytest.fixture(autouse=True)
def others():
    """What earlier tests left running (pools of workers) is no copy of a proof."""
    BEFORE.clear()
    BEFORE.update(psutil.Process().children(recursive=True))


def copies():
    return [one for one in psutil.Process().children(recursive=True) if one not in BEFORE]


def spent_s():
    """CPU time of all processes below this one."""
    assert len(copies()) == 3
    return sum(one.cpu_times().user + one.cpu_times().system for one in copies())


DIES = """
import time
import psutil
from greenlab.proof import Proof, CodeVersion
version = CodeVersion.of("while True: pass")
proof = Proof(version, version, {})
proof.start()
while len(psutil.Process().children(recursive=True)) < 3:
    time.sleep(0.05)
proof.pause()
print(proof._folder, flush=True)
time.sleep(600)
"""


def test_a_kernel_that_dies_leaves_nothing_behind():
    with subprocess.Popen(
        [sys.executable, "-c", DIES], stdout=subprocess.PIPE, text=True
    ) as kernel:
        folder = Path(kernel.stdout.readline().strip())
        below = psutil.Process(kernel.pid).children(recursive=True)
        assert len(below) == 3, below
        assert folder.is_dir()
        kernel.kill()
    psutil.wait_procs(below, timeout=180)
    assert not any(one.is_running() for one in below)
    assert not folder.exists()


def test_a_budget_ends_it(prove):
    verdict = prove("spin(10**7)", LIGHT, dict(SPACE), budget_s=1.5)
    assert verdict.status == "inconclusive"
    assert "budget" in verdict.reason
    assert "budget" in prove("spin(3000)", LIGHT, dict(SPACE), looks=(900,), budget_s=5).reason


def test_a_process_that_dies_is_reported(prove):
    verdict = prove("import os\nos._exit(3)", LIGHT, dict(SPACE), trusted=True)
    assert "ended by itself" in verdict.reason


def test_on_a_thread_it_begins_from_the_state_of_then():
    space = dict(SPACE, rounds=30)
    proof = Proof(
        CodeVersion.of("spin(rounds)\nassert rounds == 30"),
        CodeVersion.of("spin(rounds)"),
        space,
        Terms(looks=(2,)),
    )
    said, done = [], threading.Event()
    proof.start(said.append, lambda verdict: done.set())
    space["rounds"] = 0
    assert proof.wait(180).pairs == 2, str(proof.verdict)
    assert done.wait(120)
    assert [one.stage for one in said][:2] == ["looking", "warming up"]
    assert said[-1].pairs == 2


def test_a_state_can_be_frozen_for_later():
    space = dict(SPACE, rows=iter([1]))
    frozen = Frozen(space)
    next(space["rows"])
    source = "spin(30)\nnext(rows)"
    terms = Terms(looks=(2,))
    proof = Proof(CodeVersion.of(source), CodeVersion.of(source), space, terms, frozen=frozen)
    assert proof.run().pairs == 2, str(proof.verdict)
    assert not frozen.folder.exists()


def test_without_a_fork_it_runs_in_a_fresh_interpreter(prove, monkeypatch, tmp_path):
    monkeypatch.setattr(choose, "can_fork", lambda: False)
    monkeypatch.chdir(tmp_path)
    values = np.ones(3)
    source = "values[0] = 7\nspin(60)\nnp.save('a.npy', values)"
    verdict = prove(
        source, source, {**SPACE, "values": values}, metric="values.sum()", max_drop=0
    )
    assert verdict.pairs >= 2, str(verdict)
    assert values.sum() == 3
    assert not Path("a.npy").exists()


def test_what_cannot_be_pickled_is_said(prove, monkeypatch):
    monkeypatch.setattr(choose, "can_fork", lambda: False)
    verdict = prove("for r in rows: spin(9)", LIGHT, {**SPACE, "rows": (i for i in range(3))})
    assert verdict.status == "unsafe"
    assert "pickle" in verdict.reason or "taken to another process" in verdict.reason


def test_without_a_fork_what_is_pure_runs_here(prove, monkeypatch, capsys):
    monkeypatch.setattr(choose, "can_fork", lambda: False)
    space = {"np": np, "x": np.ones((150, 150))}
    source = "for _ in range(200): y = np.matmul(x, x)\nprint(np.sum(y))"
    before = workload.randoms()
    verdict = prove(source.replace("np.matmul", "np.dot"), source, space)
    monkeypatch.undo()
    assert verdict.pairs >= 2, str(verdict)
    assert workload.randoms() == before
    assert set(space) - {"__builtins__"} == {"np", "x"}
    assert capsys.readouterr().out == ""


def test_each_verdict_is_in_the_ledger(prove):
    done = prove(LIGHT, LIGHT, dict(SPACE))
    refused = prove("input()", LIGHT, dict(SPACE))
    kept = session.current().ledger.verdicts()
    assert [one.verdict for one in kept] == [done, refused]
    assert kept[0].hardware


def test_no_record_comes_of_a_run(prove):
    source = "import greenlab\nwith greenlab.measure('inner'):\n    spin(30)"
    assert prove(source, source, dict(SPACE)).pairs >= 2
    assert session.current().records() == []


def test_no_process_and_no_folder_stay_behind(prove, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    prove(LIGHT, LIGHT, dict(SPACE))
    assert not list(tmp_path.glob("greenlab-proof-*"))
    assert copies() == []


def test_terms_that_contradict_each_other_are_refused():
    for wrong in (
        {"max_drop": 1.0},
        {"looks": (5, 3)},
        {"looks": ()},
        {"margin": 1.0},
        {"budget_s": 0},
        {"budget_s": "2m"},
        {"metric": "f("},
        {"metric": "a", "max_drop": -1},
    ):
        with pytest.raises(ValueError, match="max_drop|looks|margin|budget|metric"):
            Terms(**wrong)


def test_the_callers_names_are_the_default():
    verdict = compare("workload.spin(30)", "workload.spin(30)", looks=(2,), budget_s=60)
    assert verdict.status != "unsafe", str(verdict)
    assert compare("!ls", "1").status == "unsafe"


def test_a_version_with_an_error_is_reported_at_once():
    with pytest.raises(
        ValueError, match=r"the changed version: it is not Python: .* \(line 1\)"
    ):
        compare("1", "f(")
    with pytest.raises(TypeError, match="budget"):
        compare("1", "1", budget="2m")


def test_a_metric_may_read_what_a_version_imports(prove):
    source = "from math import sqrt\ndef f(): return sqrt(4)\nspin(30)"
    verdict = prove(source, source, dict(SPACE), metric="sqrt(f())", max_drop=0)
    assert verdict.quality is not None, str(verdict)


def test_results_that_were_promised_to_be_the_same_are_compared(prove):
    first = "y = np.arange(4.0)\nname = 'a'\nspin(60)\ny.sum()"
    said = str(prove(first, first, dict(SPACE), same=True))
    assert "same result: name, y, the last value" in said
    near = first.replace("4.0)", "4.0) * (1 + 1e-6)")
    assert "results differ by at most 0.0001 %: name, y, the last value" in str(
        prove(first, near, dict(SPACE), same=True)
    )
    other = prove(first, first.replace("'a'", "'b'"), dict(SPACE), same=True)
    assert other.agreement.unlike == ("name",)
    assert other.status == "quality-failed"
    far = prove(first, first.replace("4.0)", "5.0)"), dict(SPACE), same=True)
    assert far.status == "quality-failed"
    assert "the change promises the same results" in str(far)
    assert prove(first, first, dict(SPACE)).agreement is None


def test_a_cell_that_never_repeats_itself_breaks_no_promise(prove):
    source = "import uuid\nname = uuid.uuid4().hex\nspin(60)"
    verdict = prove(source, source, dict(SPACE), same=True)
    assert verdict.agreement is None
    assert verdict.status != "quality-failed"


def test_a_metric_is_asked_instead_of_the_results(prove):
    first = "name = 'a'\nspin(60)"
    terms = {"metric": "len(name)", "max_drop": 0}
    verdict = prove(first, first.replace("'a'", "'b'"), dict(SPACE), same=True, **terms)
    assert verdict.status != "quality-failed", str(verdict)
    assert verdict.quality is not None


def test_without_a_fork_results_are_compared_as_well(prove, monkeypatch):
    monkeypatch.setattr(choose, "can_fork", lambda: False)
    source = "values[0] = 7\nspin(60)\nvalues"
    verdict = prove(source, source, {**SPACE, "values": np.ones(3)}, same=True)
    assert str(verdict.agreement) == "same result: values, the last value"


LEAKS = {
    "an exception": "raise ValueError(secret)",
    "its class's text": "class Odd(Exception):\n    def __str__(self): return secret\nraise Odd",
    "a cause": "try: raise OSError(13, secret, secret)\nexcept OSError as e: raise ValueError from e",
    "a path": "open(secret, 'w')",
    "an exit": "raise SystemExit(secret)",
    "an exception that cannot be said": "class Odd(Exception):\n"
    "    def __str__(self): raise RuntimeError(secret)\nraise Odd",
}


@pytest.mark.parametrize("name", LEAKS)
def test_nothing_of_what_the_users_code_says_is_stored(prove, name):
    space = {**SPACE, "secret": "https://user:hunter2@example.org/?key=hunter2"}
    verdict = prove(LEAKS[name], LIGHT, space, trusted=True)
    assert verdict.pairs == 0
    prove(LIGHT, LIGHT, space, metric=f"fails('{space['secret']}')")
    prove("spin(60)\nq = 1", "spin(60)\nq = 1", space, metric=f"q or '{space['secret']}'")
    kept = session.current().ledger.verdicts()
    assert len(kept) == 3
    assert "hunter2" not in "".join(map(repr, kept)) + "".join(map(str, kept))
    assert "hunter2" not in str(verdict)


def test_no_code_of_the_users_runs_here_when_results_come_back(prove):
    source = "from tests.proof import workload\nspin(60)\ny = workload.Tells()\nz = [y]\ny"
    verdict = prove(source, source, {**SPACE, "workload": workload}, same=True)
    assert verdict.pairs >= 2, str(verdict)
    assert workload.TOLD == []
