"""P03: smell, fixed, look-alike; every rewrite runs and gives the same table."""

import numpy as np
import polars as pl
import pytest
from advice_cells import HEAVY, change, found, rules, run
from polars.testing import assert_frame_equal

from greenlab.advice import Signals, read


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    rng = np.random.default_rng(0)
    table = pl.DataFrame(
        {"a": rng.random(500), "b": rng.random(500), "k": rng.integers(0, 5, 500)}
    )
    table.write_csv(folder / "t.csv")
    table.write_parquet(folder / "t.parquet")
    return {"pl": pl, "path": str(folder / "t.csv"), "packed": str(folder / "t.parquet")}


@pytest.mark.parametrize(
    "source",
    [
        "out = pl.read_csv(path).filter(pl.col('a') > 0.5).select('b')  # half\n",
        "out = pl.read_csv(path).head()",
        "out = pl.read_csv(path).group_by('k').len().sort('k')",
        "out = pl.read_csv(path).select('a').mean()",
        "out = pl.read_csv(path).select('a', 'b').height",
        "print(pl.read_csv(path).select('a')['a'].max())",
        "import polars as bears\nout = bears.read_csv(path, separator=',').select('a')\n",
        "out = (\n    pl.read_csv(path)\n    # those that count\n    .filter(pl.col('a') > 0.5)\n"
        "    .group_by('k')\n    .agg(pl.col('b').sum())\n    .sort('k')\n)\nn = out.height\n",
        "out = pl.read_parquet(packed).select('b').head(3)\n",
    ],
)
def test_it_is_found_and_the_change_gives_the_same(source, data):
    before, after = dict(data), dict(data)
    run(source, before)
    advice = found(source, before)
    assert rules(advice) == ["P03"]
    run(change(advice), after)
    assert repr(before.get("out")) == repr(after.get("out"))
    if isinstance(before.get("out"), pl.DataFrame):
        assert_frame_equal(before["out"], after["out"])
    assert found(advice[0].change.text, after) == ()
    assert advice[0].change.text.count("#") == source.count("#") + 1


@pytest.mark.parametrize(
    "source",
    [
        "out = pl.scan_csv(path).select('a').collect()",  # fixed
        "out = pl.read_csv(path).sort('a')",  # all of it is needed
        "out = pl.read_csv(path).filter(pl.col('a') > 0.5)",  # all of its columns are
        "out = pl.read_csv(path).select(pl.all().mean())",
        "out = pl.read_csv(path).group_by('k').mean()",
        "out = pl.read_csv(path).sort('a').head()",
        "out = [part for _, part in pl.read_csv(path).group_by('k')]",
        "n = sorted(work(k) for k in range(9))\nout = pl.read_csv(path).select('a')",
        "n = fit()\nout = pl.read_csv(path).select('a')",  # that may be the work
        "out = pl.read_csv(path, columns=['a']).select('a')",  # it has an argument of its own
        "t = pl.read_csv(path)\nout = t.select('a')",  # the table stays
        "outs = []\nfor k in range(2):\n    out = pl.read_csv(path).select('a')\n    outs.append(out)",
    ],
)
def test_silence(source, data):
    namespace = {**data, "fit": int, "work": int}
    run(source, namespace)
    assert found(source, namespace) == ()


def test_a_cell_that_only_waits_is_left_alone(data):
    source = "out = pl.read_csv(path).select('a')"
    namespace = dict(data)
    run(source, namespace)
    assert found(source, namespace, Signals(60.0, HEAVY.energy_j, cpu_s=1.0)) == ()


def test_reading_alone_lists_a_candidate():
    (advice,) = read([("a", "import polars as pl\nx = pl.read_csv(p).select('a')")])
    assert (advice.rule, advice.status) == ("P03", "candidate")
