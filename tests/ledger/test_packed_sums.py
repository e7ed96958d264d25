"""The sums of a bucket as one value."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.ledger import Ledger
from greenlab.ledger.packed_sums import GroupSums, pack, unpack

from .conftest import record

ids = st.integers(-(2**63), 2**63 - 1)
numbers = st.tuples(st.integers(1, 10**6).map(float), *[st.floats(-1e9, 1e9)] * 3)
sums = st.dictionaries(ids, numbers, min_size=1, max_size=6)


@given(sums)
def test_they_come_back(one):
    assert unpack(pack(one)) == one


@given(sums)
def test_sums_do_not_depend_on_the_order_of_adding(one):
    assert pack(dict(reversed(one.items()))) == pack(one)


@given(st.lists(st.tuples(st.sampled_from("abc"), sums), max_size=8))
def test_groups_hold_what_their_buckets_hold(buckets):
    expected = {}
    found = GroupSums()
    for group, one in buckets:
        found.add([group, "all"], pack(one))
        for name in (group, "all"):
            for term, amounts in one.items():
                expected.setdefault((name, term), []).append(amounts)
    got = {}
    for group, term, amounts in found:
        got.setdefault((group, term), []).append(amounts)
    assert got.keys() == expected.keys()
    for key, each in expected.items():
        for one, other in zip(
            zip(*got[key], strict=True), zip(*each, strict=True), strict=True
        ):
            assert sum(one) == pytest.approx(sum(other), abs=1e-5)


@pytest.mark.parametrize("damaged", [b"", b"1", b"x" * 41, "text" * 10, None, 5])
def test_what_is_damaged_is_refused(damaged):
    with pytest.raises(ValueError, match="damaged"):
        unpack(damaged)
    with pytest.raises(ValueError, match="damaged"):
        GroupSums().add(["a"], damaged)


def change(path, *statement):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        return other.execute(*statement).fetchall()


@pytest.mark.parametrize("damaged", [b"", b"abc", "text"])
def test_damaged_sums_are_rebuilt_from_the_records_at_the_next_write(path, damaged):
    ledger = Ledger(path)
    kept = [record(kernel_id="k") for _ in range(3)]
    for one in kept[:2]:
        ledger.add(one)
    ledger.close()
    change(path, "UPDATE bucket_sums SET sums = ?", (damaged,))
    ledger = Ledger(path)
    ledger.add(kept[2])
    assert ledger.warning is None
    assert ledger.totals().energy_j.value == pytest.approx(3 * 3.6e6)
    assert ledger.totals().cells == 3
    ledger.close()


def test_no_row_of_sums_stays_where_nothing_counts(path):
    ledger = Ledger(path)
    one = record(id="inner", kernel_id="k")
    ledger.add(one)
    ledger.fold()
    assert change(path, "SELECT count(*) FROM bucket_sums") == [(1,)]
    ledger.add(record(id="inner", kernel_id="k", counted_in="cell"))
    ledger.fold()
    assert change(path, "SELECT count(*) FROM bucket_sums") == [(0,)]
    ledger.close()


def test_a_forgotten_machine_s_name_is_in_no_term(path):
    ledger = Ledger(path)
    ledger.add(record(notebook="/a.ipynb", host="secret-host"))
    ledger.add(record(notebook="/b.ipynb", host="lab"))
    ledger.forget(notebook="/a.ipynb")
    texts = [text for (text,) in change(path, "SELECT text FROM term")]
    assert any("lab" in text for text in texts)
    assert not any("secret-host" in text for text in texts)
    assert ledger.totals().cells == 1
    ledger.close()
    assert b"secret-host" not in path.read_bytes()
