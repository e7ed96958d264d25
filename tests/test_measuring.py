from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

import greenlab
from greenlab import session
from greenlab.ledger import Ledger


@pytest.fixture(autouse=True)
def fresh_session():
    session.close_current()
    yield
    session.close_current()


def test_a_block_is_weighed():
    with greenlab.measure("fit") as m:
        assert m.record is None
        sum(range(10**6))
    assert m.record.name == "fit"
    assert m.record.kind == "span"
    assert m.record.energy_j.value > 0
    assert [record.id for record in greenlab.records()] == [m.record.id]


@pytest.mark.parametrize("blocks", [1, 20])
def test_a_process_that_is_killed_right_after_a_block_loses_none(own_ledger, blocks):
    code = (
        "import os, signal, greenlab\n"
        f"for number in range({blocks}):\n"
        "    with greenlab.measure(str(number)):\n"
        "        pass\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    ledger = Ledger(own_ledger)
    found = [record.name for record in ledger.records()]
    ledger.close()
    assert found == [str(number) for number in range(blocks)]


def test_an_error_passes_through_and_is_recorded():
    m = greenlab.measure()
    with pytest.raises(ZeroDivisionError), m:
        1 / 0  # noqa: B018
    assert m.record.status == "error"


def test_a_function_keeps_its_face():
    @greenlab.measure()
    def double(x):
        """Twice."""
        return 2 * x

    assert double(4) == 8
    assert double.__doc__ == "Twice."
    assert double.measure.record.name.endswith("double")


def test_it_decorates_without_parentheses():
    @greenlab.measure
    def double(x):
        return 2 * x

    assert double(4) == 8
    assert double.measure.record.name.endswith("double")
    assert [record.id for record in greenlab.records()] == [double.measure.record.id]


def test_what_cannot_be_weighed_is_refused_with_what_to_do():
    def numbers():
        yield 1

    async def numbers_later():
        yield 1

    for generator in (numbers, numbers_later):
        with pytest.raises(TypeError, match="around the loop that takes from it"):
            greenlab.measure(generator)
    for other in (3, object, classmethod(len)):
        with pytest.raises(TypeError, match="takes a name .* or decorates a function"):
            greenlab.measure(other)


def test_a_script_hears_once_what_is_wrong(monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("GREENLAB_LEDGER", str(tmp_path))
    for _ in range(3):
        with greenlab.measure():
            pass
    (told,) = (line.getMessage() for line in caplog.records)
    assert f"The ledger {tmp_path} is a folder" in told
    assert len(greenlab.records()) == 3


def test_training_needs_no_import_of_its_own():
    code = "import greenlab; print(greenlab.training.EarlyStop.__name__)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.stdout == "EarlyStop\n", out.stderr


def test_a_name_that_is_not_there_is_reported_with_those_that_are():
    with pytest.raises(AttributeError, match=r"no attribute 'mesure'; it has .*measure"):
        _ = greenlab.mesure


def test_a_coroutine_function_is_weighed_while_it_runs():
    @greenlab.measure("nap")
    async def nap():
        await asyncio.sleep(0.05)
        return 1

    assert asyncio.run(nap()) == 1
    assert nap.measure.record.duration_s >= 0.05


def test_recursion_nests():
    @greenlab.measure("f")
    def f(n):
        return n if n == 0 else f(n - 1)

    f(2)
    inner, middle, outer = greenlab.records()
    assert (inner.parent_id, middle.parent_id, outer.parent_id) == (middle.id, outer.id, None)
    assert f.measure.record.id == outer.id


def test_threads_do_not_mix_their_spans():
    seen = {}

    def work(name):
        with greenlab.measure(name) as outer, greenlab.measure(name) as inner:
            pass
        seen[name] = (inner.record, outer.record)

    threads = [threading.Thread(target=work, args=(str(i),)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 4
    for inner, outer in seen.values():
        assert inner.parent_id == outer.id


def test_an_unknown_scope_is_refused():
    with pytest.raises(ValueError, match="host"):
        greenlab.measure(scope="moon")


def test_measuring_the_whole_host_counts_at_least_this_process():
    with greenlab.measure(scope="host") as whole:
        sum(range(10**6))
    assert whole.record.scope == "host"
    assert whole.record.energy_j.value == pytest.approx(whole.record.host_energy_j.value)


def test_a_caller_can_name_what_a_block_belongs_to():
    with greenlab.measure("outer") as outer:
        pass
    for parent in (outer, outer.record, outer.record.id, outer.record_id):
        with greenlab.measure("later", parent=parent) as later:
            pass
        assert later.record.parent_id == outer.record.id
        assert later.record.counted_in is None  # it came afterwards


def test_a_named_parent_decides_nothing_about_sums():
    with greenlab.measure("first") as first:
        pass
    with greenlab.measure("around") as around:

        @greenlab.measure(parent=first)
        def work():
            return sum(range(10**5))

        work()
    record = work.measure.record
    assert record.parent_id == first.record.id
    assert record.counted_in == around.record.id
    total_j = first.record.energy_j.value + around.record.energy_j.value
    assert session.current().totals().energy_j.value == pytest.approx(total_j)


def test_the_id_of_a_record_is_known_while_its_window_is_open():
    m = greenlab.measure()
    assert m.record_id is None
    with m:
        known = m.record_id
        assert known is not None
        with greenlab.measure(parent=m) as inner:
            pass
    assert known == m.record_id == m.record.id == inner.record.parent_id


def test_a_parent_that_is_none_is_refused_at_once():
    with pytest.raises(TypeError, match="not int"):
        greenlab.measure(parent=3)


BLOCKS = """
import greenlab, sys
while True:
    with greenlab.measure("block") as m:
        sum(range(1000))
    print(m.record.id, flush=True)
"""


def test_a_process_that_is_killed_loses_no_block_that_has_ended(own_ledger):
    from greenlab.ledger import Ledger

    process = subprocess.Popen(
        [sys.executable, "-c", BLOCKS], stdout=subprocess.PIPE, text=True
    )
    ended = [process.stdout.readline().strip() for _ in range(60)]
    process.kill()  # as kill -9 does
    ended += process.stdout.read().split("\n")[:-1]
    process.stdout.close()
    assert process.wait(120) == -9
    ledger = Ledger(own_ledger)
    stored = [one.id for one in ledger.records()]
    ledger.close()
    assert len(ended) >= 60
    assert stored[: len(ended)] == ended  # all of them, in their order
    assert len(stored) <= len(ended) + 1
