"""Ledgers merge in any order, any number of times; nothing is lost or counted twice."""

import itertools
import random
import shutil
import signal
import subprocess
import sys
import textwrap
from contextlib import closing

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from greenlab.ledger import Ledger

from .conftest import record
from .histories import FILES, STEPS, World, content, merge
from .test_released import RECORDS, RELEASED, holds_all

QUICK = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def lived(folder, steps):
    world = World(folder)
    for name in FILES:
        world.add(name, 0, "/x.ipynb", 0)
    for step in steps:
        world.do(step)
    return world


def copied(path, name):
    copy = path.with_name(name)
    for suffix in ("-wal", "-shm"):
        copy.with_name(copy.name + suffix).unlink(missing_ok=True)
    shutil.copy(path, copy)
    return copy


@QUICK
@given(st.lists(STEPS, max_size=14))
def test_each_ledger_holds_what_it_must_after_each_step(tmp_path, steps):
    world = lived(tmp_path, [])
    for step in steps:
        world.do(step)
        world.check(step[1])


@QUICK
@given(st.lists(STEPS, max_size=10))
def test_the_order_does_not_matter(tmp_path, steps):
    """Nor how they are put together: the sums are bit for bit the same."""
    world = lived(tmp_path, steps)
    found = []
    for names in itertools.permutations(FILES):
        all_of_them = copied(world.path(names[0]), "all")
        for name in (*names[1:], *names):  # and each once more
            merge(all_of_them, world.path(name))
        found.append(content(all_of_them))
    right = copied(world.path("b"), "right")
    merge(right, world.path("c"))
    left = copied(world.path("a"), "left")
    merge(left, right)
    found.append(content(left))
    assert all(one == found[0] for one in found)


@QUICK
@given(st.lists(STEPS, max_size=10))
def test_a_second_merge_changes_nothing(tmp_path, steps):
    world = lived(tmp_path, steps)
    merge(world.path("a"), world.path("b"))
    before = content(world.path("a"))
    for source in (
        world.path("b"),
        copied(world.path("b"), "copy"),
        copied(world.path("a"), "own"),
    ):
        merged = merge(world.path("a"), source)
        assert (merged.records, merged.forgotten, merged.sums) == (0, 0, 0)
        assert content(world.path("a")) == before


@pytest.mark.slow
@settings(
    QUICK,
    max_examples=2,
    phases=[Phase.explicit, Phase.generate],  # a shorter one has the others above
)
@given(st.integers(0, 2**32))
def test_a_long_history(tmp_path, seed):
    """Of more than a thousand steps."""
    chance = random.Random(seed)
    world = lived(tmp_path, [])
    for number in range(1000):
        what = chance.choice(("add", "add", "add", "settle", "merge", "merge", "copy"))
        if number % 25 == 24:
            what = chance.choice(("forget", "compact", "compact"))
        name, other = chance.sample(FILES, 2)
        day, notebook = chance.randrange(3), chance.choice(("/x.ipynb", "/y.ipynb"))
        more = {
            "add": (day, notebook, chance.randrange(6)),
            "settle": (chance.randrange(50),),
            "merge": (other,),
            "copy": (),
            "forget": (notebook, day),
            "compact": (day + 1,),
        }[what]
        world.do((what, name, *more))
        if number % 50 == 49:
            world.check(name)
    for name, other in itertools.permutations(FILES, 2):
        world.merge(name, other)
    for name, other in itertools.permutations(FILES, 2):
        world.merge(name, other)
    for name in FILES:
        world.check(name)
    assert len({repr(content(world.path(name))) for name in FILES}) == 1


KILLED = textwrap.dedent("""
    import os, signal, sys
    from contextlib import closing
    from pathlib import Path
    from greenlab.ledger import bulk_merge, daily_sums, merging, pending_rows, schema
    from greenlab.ledger.record_rows import Writer
    left = int(sys.argv[3])
    def dies(called):
        def call(*args, **named):
            global left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return called(*args, **named)
        return call
    merging._BUCKETS = merging._ROWS = 2
    bulk_merge.copy = dies(bulk_merge.copy)
    Writer.put = dies(Writer.put)
    daily_sums.settle = dies(daily_sums.settle)
    with closing(schema.connect(Path(sys.argv[1]))) as connection:
        connection.set_progress_handler(dies(lambda: 0), 2000)
        merging.merge(connection, Path(sys.argv[2]))
""")


def test_a_merge_that_is_killed_anywhere_loses_nothing(tmp_path):
    chance = random.Random(5)
    world = lived(tmp_path, [])
    for _ in range(60):
        name = chance.choice(FILES)
        world.add(name, chance.randrange(3), chance.choice(("/x.ipynb", "/y.ipynb")), 2)
    world.merge("a", "b")
    for name in "bc":
        world.compact(name, 1)
        world.forget(name, "/y.ipynb", 2)
    merge(world.path("b"), world.path("c"))
    whole = copied(world.path("a"), "whole")
    merge(whole, world.path("b"))
    expected, killed = content(whole), 0
    for at in (1, 2, 3, 5, 8, 13, 21, 34):
        target = copied(world.path("a"), "target")
        script = [sys.executable, "-c", KILLED, str(target), str(world.path("b")), str(at)]
        killed += subprocess.run(script, check=False, timeout=60).returncode == -signal.SIGKILL
        assert merge(target, world.path("b")) is not None
        assert content(target) == expected
    assert killed >= 4


def test_the_ledger_of_a_killed_kernel_has_all_it_added(tmp_path):
    """In its log, and some not yet among its other records; nothing is written to it."""
    killed, target = tmp_path / "killed", tmp_path / "target"
    script = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from greenlab.ledger import Ledger
        from tests.ledger.conftest import record
        ledger = Ledger(Path(sys.argv[1]))
        for number in range(21):
            ledger.add(record(id=f"killed-{number:02}"))
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    done = subprocess.run([sys.executable, "-c", script, str(killed)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    before = killed.read_bytes()
    assert merge(target, killed).records == 21
    assert merge(target, killed).records == 0
    with closing(Ledger(target)) as ledger:
        assert [one.id for one in ledger.records()] == [f"killed-{i:02}" for i in range(21)]
        assert ledger.totals().cells == 21
    assert killed.read_bytes() == before
    with closing(Ledger(killed)) as ledger:  # which puts what was pending among its others
        ledger.add(record(id="later"))
    assert merge(target, killed).records >= 1
    with closing(Ledger(target)) as ledger:
        assert ledger.totals().cells == 22


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_ledgers_of_earlier_versions_are_merged_and_left_as_they_are(tmp_path, version):
    old, target = tmp_path / "old", tmp_path / "target"
    shutil.copy(RELEASED / f"schema-{version}.sqlite", old)
    before = old.read_bytes()
    assert merge(target, old).records == len(RECORDS)
    assert merge(target, old).records == 0
    with closing(Ledger(target)) as ledger:
        holds_all(ledger)
    assert old.read_bytes() == before
