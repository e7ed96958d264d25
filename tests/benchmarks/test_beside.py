"""The tables beside the peers: a served tree that fails on demand, and honest words."""

from __future__ import annotations

import time

import pytest
from benchmarks.beside import shown
from benchmarks.peers import Answer, Greenlab
from benchmarks.served import Served, Zone
from benchmarks.statistic import percentile


@pytest.fixture
def tree(tmp_path):
    with Served(tmp_path, [Zone("package-0", 40.0)]) as tree:
        yield tree


def microjoules(tree):
    return int((tree.powercap / "intel-rapl:0/energy_uj").read_text())


def test_counts_in_real_time_by_every_door(tree):
    tool = Greenlab(tree.powercap)
    tool.start()
    begun = time.monotonic()
    time.sleep(1.0)
    truth_j = 40.0 * (time.monotonic() - begun)
    answer = tool.stop()
    tool.close()
    # The writer may be late by as much as a busy machine makes it.
    assert answer.energy_j == pytest.approx(truth_j, rel=0.3)
    doors = ("intel-rapl:0", "intel-rapl/intel-rapl:0", "intel-rapl/subsystem/intel-rapl:0")
    assert {(tree.powercap / door / "name").read_text() for door in doors} == {"package-0\n"}


def test_restarts_from_zero(tree):
    before = microjoules(tree)
    tree.order("restart", 0)
    assert microjoules(tree) < before


def test_stalls(tree):
    tree.order("stall", 0)
    before = microjoules(tree)
    time.sleep(0.02)
    assert microjoules(tree) == before


def test_shows_garbage(tree):
    tree.order("garbage", 0)
    with pytest.raises(ValueError, match="not a number"):
        microjoules(tree)


def test_vanishes_even_for_who_holds_it_open(tree):
    with (tree.powercap / "intel-rapl:0/energy_uj").open() as held:
        tree.order("vanish", 0)
        assert held.read() == ""
    with pytest.raises(FileNotFoundError):
        microjoules(tree)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(20.0), "20 J (-80%)"),
        (Answer(99.0, 98.0, 101.0), "99 J [98, 101]"),
        (Answer(50.0, 49.0, 51.0), "50 J [49, 51] **wrong**"),
        (Answer(50.0, 49.0, None, "lacks one"), "50 J [49, ?]; lacks one"),
        (Answer(None, says="it restarted"), "missing: it restarted"),
        ("ValueError", "raises ValueError"),
    ],
)
def test_says_what_is_wrong(answer, words):
    assert shown(answer, 100.0) == words


def test_percentile_is_the_nearest_rank():
    values = list(range(1, 101))
    assert percentile(values, 0.95) == 95
    assert percentile(values, 0.0) == 1
    assert percentile([7.0], 0.99) == 7.0
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)
