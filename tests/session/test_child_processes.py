"""Processes that weigh themselves below one that weighs too: each joule counts once."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import nbformat
import pytest

from greenlab.ledger import Ledger
from greenlab.record.summary import seconds
from greenlab.record.record_addends import counted
from tests.notebook.kernel import Kernel

CHILD = Path(__file__).with_name("weighing_child.py")
WAIT_S = 180

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a Unix is needed")


class Books:
    """A ledger that several processes write to, and what runs them."""

    def __init__(self, path):
        self.ledger = Ledger(path)
        self.env = {**os.environ, "GREENLAB_LEDGER": str(path), "PYTHONPATH": str(CHILD.parent)}

    def record(self, name):
        """The record of this name, as soon as it is there."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            found = [one for one in self.ledger.records() if one.name == name]
            if found:
                return found[0]
            time.sleep(0.05)
        raise AssertionError(f"no record {name}")

    def outermost(self, record):
        """The record that counts this one."""
        by_id = {one.id: one for one in self.ledger.records()}
        while record.counted_in is not None:
            record = by_id[record.counted_in]
        return record

    def python(self, code, **options):
        """A script that runs in the background."""
        command = [sys.executable, "-c", PRELUDE + textwrap.dedent(code)]
        return subprocess.Popen(command, env=self.env, **options)

    def done(self, code):
        assert self.python(code).wait(timeout=180) == 0

    @property
    def total_j(self):
        return self.ledger.totals().energy_j.value


PRELUDE = f"""
import multiprocessing, os, signal, subprocess, sys, threading, time
from concurrent.futures import ProcessPoolExecutor
import greenlab
from weighing_child import burn, weigh
CHILD = [sys.executable, {str(CHILD)!r}]
"""


@pytest.fixture
def books(tmp_path):
    books = Books(tmp_path / "shared.sqlite")
    yield books
    books.ledger.close()


class Notebook(Books):
    """The same with a kernel that weighs its cells."""

    def __init__(self, folder):
        super().__init__(folder / "ledger.sqlite")
        self.kernel = Kernel(self.env)
        self.kernel.run("%load_ext greenlab")
        self.cell(PRELUDE + f"os.chdir({str(folder)!r})")

    def cell(self, code):
        """Run a cell; its record."""
        reply = self.kernel.run(textwrap.dedent(code))
        assert reply.status == "ok", reply.content
        assert reply.text == ""  # neither an error of a child's nor a word of ours
        return [one for one in self.kernel.records() if one["kind"] == "cell"][-1]

    @property
    def beyond_j(self):
        """What the report shows more than the notebook's panel."""
        total = "__import__('greenlab').session.current().totals().energy_j.value"
        panel_j = self.kernel.eval(total)
        return self.total_j - panel_j


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebook")
    code = "from weighing_child import weigh; weigh('in an inner kernel')"
    inner = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbformat.write(inner, folder / "inner.ipynb")
    notebook = Notebook(folder)
    yield notebook
    notebook.kernel.stop()
    notebook.ledger.close()


POOL = "with multiprocessing.get_context({0!r}).Pool(1) as pool: pool.map(weigh, [{0!r}])"
HELD = {
    "script": "get_ipython().system(' '.join([*CHILD, 'script']))",
    "no variables": """
        keep = f"GREENLAB_LEDGER={os.environ['GREENLAB_LEDGER']}"
        done = subprocess.run(['env', '-i', keep, *CHILD, 'no variables'], check=True)
        """,
    "own session": """
        done = subprocess.run([*CHILD, 'own session'], start_new_session=True, check=True)
        """,
    "fork": POOL.format("fork"),
    "spawn": POOL.format("spawn"),
    "forkserver": POOL.format("forkserver"),
    "futures": "with ProcessPoolExecutor(1) as pool: list(pool.map(weigh, ['futures']))",
    "loky": "import joblib; done = joblib.Parallel(2)([joblib.delayed(weigh)('loky')])",
    "grandchild": """
        done = subprocess.run([*CHILD, 'child', '0', '0', *CHILD, 'grandchild'], check=True)
        """,
    "below a shell": """
        done = subprocess.run(['sh', '-c', '"$@"; true', 'sh', *CHILD, 'below a shell'])
        """,
    "thread": """
        thread = threading.Thread(target=weigh, args=('thread',))
        thread.start()
        thread.join()
        """,
    "in an inner kernel": """
        command = [sys.executable, '-m', 'greenlab', 'run', 'inner.ipynb']
        done = subprocess.run(command, check=True, capture_output=True)
        """,
}


@pytest.mark.parametrize("name", HELD)
def test_what_a_cell_s_family_weighs_is_counted_in_the_cell(notebook, name):
    beyond_j = notebook.beyond_j
    cell = notebook.cell(HELD[name])
    record = notebook.record(name)
    assert record.cpu_s >= 0.2
    assert cell["cpu_s"] > 0.9 * record.cpu_s  # it does hold it
    assert record.energy_j.value > 0
    assert notebook.outermost(record).id == cell["id"]
    assert notebook.beyond_j == pytest.approx(beyond_j, abs=1e-6)


def test_a_child_that_outlives_its_cell_is_counted_in_the_cells_it_ran_in(notebook):
    beyond_j = notebook.beyond_j
    notebook.cell("child = subprocess.Popen([*CHILD, 'outlives', '1.2']); time.sleep(0.1)")
    cell = notebook.cell("done = child.wait()")
    record = notebook.record("outlives")
    assert notebook.outermost(record).kernel_id == cell["kernel_id"]
    assert notebook.beyond_j == pytest.approx(beyond_j, abs=1e-6)


def test_a_child_that_weighs_between_two_cells_is_counted_in_the_time_between(notebook):
    beyond_j = notebook.beyond_j
    notebook.cell("child = subprocess.Popen([*CHILD, 'between', '0.3', '0.2'])")
    notebook.record("between")
    time.sleep(1.1)
    notebook.cell("done = child.wait()")
    assert notebook.outermost(notebook.record("between")).kind == "between"
    assert notebook.beyond_j == pytest.approx(beyond_j, abs=1e-6)


def test_a_thread_that_weighs_between_two_cells_is_counted_in_the_time_between(notebook):
    beyond_j = notebook.beyond_j
    notebook.cell("""
        def later():
            time.sleep(1.5)
            weigh('thread between')
        threading.Thread(target=later).start()
        """)
    notebook.record("thread between")
    notebook.cell("1;")
    assert notebook.outermost(notebook.record("thread between")).kind == "between"
    assert notebook.beyond_j == pytest.approx(beyond_j, abs=1e-6)


DETACHED = {
    "nohup": """
        line = 'nohup "$@" >/dev/null 2>&1 &'
        done = subprocess.run(['sh', '-c', line, 'sh', *CHILD, 'nohup', '0.2', '0.2'])
        """,
    "double fork": """
        child = os.fork()
        if child == 0:
            if os.fork():
                os._exit(0)
            os.setsid()
            time.sleep(0.2)
            weigh('double fork')
            os._exit(0)
        done = os.waitpid(child, 0)
        """,
}


@pytest.mark.parametrize("name", DETACHED)
def test_who_has_left_the_family_counts_for_itself(notebook, name):
    beyond_j = notebook.beyond_j
    notebook.cell(DETACHED[name])
    record = notebook.record(name)
    assert (record.counted_in, record.counted_elsewhere) == (None, 0.0)
    assert notebook.beyond_j - beyond_j == pytest.approx(record.energy_j.value)


# Scripts, without a notebook.


def test_scripts_nest_as_cells_do(books):
    books.done("""
        with greenlab.measure('outer'):
            subprocess.run([*CHILD, 'middle', '0.1', '0', *CHILD, 'inner'], check=True)
        """)
    outer = books.record("outer")
    for name in ("middle", "inner"):
        assert books.outermost(books.record(name)).id == outer.id
    assert books.total_j == pytest.approx(outer.energy_j.value)
    assert not books.ledger.at_once()


def end_s(record):
    return seconds(record.started_at) + record.duration_s


def check_the_rest_counts(books):
    """`child` lay in `outer` with its first part."""
    outer, child = books.record("outer"), books.record("child")
    inside = (end_s(outer) - seconds(child.started_at)) / child.duration_s
    assert 0.1 < inside < 0.9
    assert child.counted_in is None
    assert child.counted_elsewhere == pytest.approx(inside, abs=0.05)
    rest = counted(child)
    assert rest.energy_j.value == pytest.approx((1 - inside) * child.energy_j.value, rel=0.2)
    total = books.ledger.totals()
    assert total.energy_j.value == pytest.approx(outer.energy_j.value + rest.energy_j.value)
    assert total.duration_s == pytest.approx(outer.duration_s + rest.duration_s)


def test_a_child_that_outlives_the_window_adds_what_came_after_it(books):
    books.done("""
        code = "from weighing_child import weigh_until_told; weigh_until_told('child')"
        with greenlab.measure('outer'):
            child = subprocess.Popen(
                [sys.executable, '-c', code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            child.stdout.readline()
            time.sleep(0.5)
        time.sleep(0.5)
        child.communicate(b'end')
        """)
    check_the_rest_counts(books)


def test_a_fork_that_goes_on_after_its_parent_adds_what_came_after_it(books):
    books.done("""
        begun, begins = os.pipe()
        over, ends = os.pipe()
        with greenlab.measure('outer'):
            if os.fork() == 0:
                os.close(ends)
                with greenlab.measure('child'):
                    os.write(begins, b'.')
                    os.read(over, 1)  # ends with the parent
                    time.sleep(0.5)
                os._exit(0)
            os.read(begun, 1)
            time.sleep(0.5)
        os._exit(0)
        """)
    check_the_rest_counts(books)


def test_threads_that_weigh_side_by_side_count_each_moment_once(books):
    books.done("""
        begun = threading.Event()
        def sooner():
            with greenlab.measure('outer'):
                begun.set()
                time.sleep(0.5)
        def later():
            begun.wait()
            with greenlab.measure('child'):
                time.sleep(1.0)
        threads = [threading.Thread(target=one) for one in (sooner, later)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        """)
    check_the_rest_counts(books)


def test_a_thread_s_window_within_another_one_is_counted_in_it(books):
    books.done("""
        with greenlab.measure('outer'):
            thread = threading.Thread(target=weigh, args=('inner',))
            thread.start()
            thread.join()
        own_j = greenlab.session.current().totals().energy_j.value
        assert own_j == greenlab.records()[-1].energy_j.value, own_j
        """)
    assert books.record("inner").counted_in == books.record("outer").id
    assert books.total_j == pytest.approx(books.record("outer").energy_j.value)


def test_two_processes_side_by_side_both_count(books):
    both = [books.python(f"weigh({name!r})") for name in ("one", "other")]
    assert [one.wait(timeout=180) for one in both] == [0, 0]
    sum_j = sum(books.record(name).energy_j.value for name in ("one", "other"))
    assert books.total_j == pytest.approx(sum_j)


def test_a_child_with_a_ledger_of_its_own_counts_in_it(books, tmp_path):
    books.done(f"""
        with greenlab.measure('outer'):
            env = {{**os.environ, 'GREENLAB_LEDGER': {str(tmp_path / "other.sqlite")!r}}}
            subprocess.run([*CHILD, 'child'], env=env, check=True)
        """)
    assert books.total_j == pytest.approx(books.record("outer").energy_j.value)
    other = Ledger(tmp_path / "other.sqlite")
    (child,) = other.records()
    assert child.counted_in == books.record("outer").id
    assert other.totals().energy_j.value == pytest.approx(child.energy_j.value)
    other.close()


def test_a_child_of_one_that_was_killed_counts_for_itself(books):
    parent = books.python("""
        with greenlab.measure('killed'):
            subprocess.run([*CHILD, 'child'], check=True)
            os.kill(os.getpid(), signal.SIGKILL)
        """)
    assert parent.wait(timeout=180) == -signal.SIGKILL
    child = books.record("child")
    assert child.counted_in is not None
    assert books.total_j == pytest.approx(child.energy_j.value)


def test_a_child_of_which_its_parent_gets_no_account_counts_for_itself(books):
    """Who ignores SIGCHLD is not told what children used that have ended."""
    books.done("""
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        with greenlab.measure('outer'):
            child = subprocess.Popen([*CHILD, 'child'])
            child.wait()
        """)
    outer, child = books.record("outer"), books.record("child")
    assert outer.cpu_s < child.cpu_s
    assert child.counted_in is None
    assert books.total_j == pytest.approx(outer.energy_j.value + child.energy_j.value)


def namespace(*options):
    """The words that start a process in a namespace of its own, where that is allowed."""
    words = ["unshare", "--pid", "--fork", *options]
    try:
        allowed = subprocess.run([*words, "true"], check=False, capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if allowed.returncode != 0:
        pytest.skip("no namespace may be made here")
    return words


def test_a_child_with_process_ids_of_its_own_finds_its_ancestors_in_the_machine_s_proc(books):
    books.done(f"""
        with greenlab.measure('outer'):
            subprocess.run([*{namespace()!r}, *CHILD, 'child'], check=True)
        """)
    assert books.record("child").counted_in == books.record("outer").id


def test_a_child_that_cannot_see_its_ancestors_counts_for_itself(books):
    """As the docs say: it counts twice then, and never not at all."""
    books.done(f"""
        with greenlab.measure('outer'):
            subprocess.run([*{namespace("--mount-proc")!r}, *CHILD, 'child'], check=True)
        """)
    assert books.record("child").counted_in is None
