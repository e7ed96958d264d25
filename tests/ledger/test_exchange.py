"""Exchange files: what a ledger holds, or what is new in it, arrives whole or not at all."""

import gzip
import itertools
import json
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.ledger import Ledger, exchange, merging, schema

from .conftest import record
from .histories import FILES, STEPS, content, merge
from .test_merging import QUICK, copied, lived
from .test_verdicts import proven


def export(path, out, since=None):
    with closing(schema.connect(path)) as connection, out.open("wb") as file:
        return exchange.write(connection, file, since)


def cells(path):
    with closing(Ledger(path)) as ledger:
        assert ledger.warning is None
        return ledger.totals().cells


@pytest.fixture
def other(tmp_path):
    return tmp_path / "other.sqlite"


@QUICK
@given(st.lists(STEPS, max_size=10))
def test_a_file_brings_what_the_ledger_would(tmp_path, steps):
    world = lived(tmp_path, steps)
    found = []
    for names in itertools.permutations(FILES):
        target = copied(world.path(names[0]), "target")
        for name in names[1:]:
            export(world.path(name), tmp_path / "file")
            merge(target, tmp_path / "file")
        found.append(content(target))
    direct = copied(world.path("a"), "direct")
    merge(direct, world.path("b"))
    merge(direct, world.path("c"))
    assert all(one == content(direct) for one in found)


def test_what_is_new_since_a_mark(ledger, path, other, tmp_path):
    ledger.add(record())
    first, second, third = (tmp_path / name for name in ("1", "2", "3"))
    _, mark = export(path, first)
    ledger.add(record())
    ledger.add(record())
    records, later = export(path, second, mark)
    assert records == 2
    ledger.add(record())
    export(path, third, later)
    for file, expected in ((third, 1), (first, 2), (second, 4), (first, 4)):  # in any order
        merge(other, file)
        assert cells(other) == expected


def test_what_lacks_something_before_it_is_not_taken_for_all(ledger, path, other, tmp_path):
    ledger.add(record())
    _, mark = export(path, tmp_path / "1")
    ledger.add(record())
    export(path, tmp_path / "2", mark)
    merge(other, tmp_path / "2")
    assert merge(other, path).records == 1
    assert cells(other) == 2


def test_verdicts_and_deletions_come_along(ledger, path, other, tmp_path):
    ledger.add(record(notebook="/gone.ipynb"))
    ledger.add(one := record())
    ledger.add_verdict(proven())
    export(path, tmp_path / "before")
    merge(other, tmp_path / "before")
    ledger.forget(notebook="/gone.ipynb")
    export(path, tmp_path / "after")
    for _ in range(2):
        merge(other, tmp_path / "after")
        merge(other, tmp_path / "before")
        with closing(Ledger(other)) as found:
            assert found.records() == [one]
            assert found.verdicts() == [proven()]
    ledger.forget()
    export(path, tmp_path / "after")
    merge(other, tmp_path / "after")
    merge(other, tmp_path / "before")
    with closing(Ledger(other)) as found:
        assert found.records() == found.verdicts() == []


def lines(path):
    return gzip.decompress(path.read_bytes()).decode().splitlines(keepends=True)


@pytest.mark.parametrize("harm", [
    lambda whole: whole[:-1],
    lambda whole: [*whole[:-2], whole[-1]],
    lambda whole: [whole[0].replace("ledger/1", "ledger/9"), *whole[1:]],
    lambda whole: [*whole[:3], "[]\n", *whole[3:]],
    lambda whole: [*whole[:3], '["surprise", 1]\n', *whole[3:]],
    lambda whole: [one.replace('\\"ok\\"', '\\"well\\"') for one in whole],
    lambda whole: whole[:1] + whole[4:],
])  # fmt: skip
def test_a_file_that_is_not_whole_changes_nothing(ledger, path, other, tmp_path, harm):
    ledger.add(record())
    ledger.add(record())
    file = tmp_path / "file"
    export(path, file)
    file.write_bytes(gzip.compress("".join(harm(lines(file))).encode()))
    Ledger(other).close()
    before = content(other)
    with pytest.raises(exchange.DamagedExchangeError):
        merge(other, file)
    assert content(other) == before


def test_a_file_that_was_cut_or_changed(ledger, path, other, tmp_path):
    for _ in range(40):
        ledger.add(record())
    file = tmp_path / "file"
    export(path, file)
    whole = file.read_bytes()
    for size in range(10, len(whole), len(whole) // 20):
        for harmed in (whole[:size], whole[:size] + b"x" + whole[size + 1 :]):
            if harmed == whole:
                continue
            file.write_bytes(harmed)
            with pytest.raises((exchange.DamagedExchangeError, OSError)):
                merge(other, file)
    file.write_bytes(whole)
    assert merge(other, file) == merging.Merged(40, 0, 0)


def test_a_file_that_was_unpacked_is_read_too(ledger, path, other, tmp_path):
    ledger.add(record())
    export(path, tmp_path / "file")
    (tmp_path / "plain").write_text("".join(lines(tmp_path / "file")))
    assert merge(other, tmp_path / "plain").records == 1


def test_records_come_byte_for_byte(ledger, path, other, tmp_path):
    for number in range(50):
        ledger.add(
            record(name=f"é\ud800 {number}", duration_s=number / 3, cpu_s=1e-17 * number)
        )
    export(path, tmp_path / "file")
    merge(other, tmp_path / "file")
    with closing(Ledger(other)) as found:
        assert [one.json for one in found.stored()] == [one.json for one in ledger.stored()]


def test_it_is_small(ledger, path, tmp_path):
    for _ in range(500):
        ledger.add(record())
    export(path, tmp_path / "file")
    assert (tmp_path / "file").stat().st_size / 500 < 200
    assert json.loads(lines(tmp_path / "file")[0])[0] == exchange.SCHEMA
