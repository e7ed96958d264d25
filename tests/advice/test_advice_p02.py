"""P02: smell, fixed, look-alike; every rewrite runs and gives the same tables."""

import numpy as np
import pandas as pd
import pytest
from advice_cells import HEAVY, change, found, rules, run

from greenlab.advice import Signals, read

# A cell that ran often: parsing is most of what one run takes.
BUSY = Signals(0.005, HEAVY.energy_j, cpu_s=0.005, runs=20_000, total_duration_s=100.0)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "table.csv"
    rng = np.random.default_rng(0)
    pd.DataFrame(rng.random((10_000, 6)).round(3), columns=list("abcdef")).to_csv(
        path, index=False
    )
    return {"pd": pd, "path": str(path)}


@pytest.mark.parametrize(
    "source",
    [
        "df = pd.read_csv(path)[['b', 'a']]  # two\n",
        "import pandas as p\nt = 1\ndf = p.read_csv(path, sep=',')\ndf = df[['b', 'a']]\n",
        "df = pd.read_csv(path)\ndf['a'] = 0\nother = pd.read_csv(path)\n",
        "total = 0\nfor k in [1, 2, 3]:\n    df = pd.read_csv(path)\n    df['a'] = df['a'] * k\n    total += df['a'].sum()\n",
        "for k in range(2):\n    for j in range(2):\n        df = pd.read_csv(path)\n    df['b'] = k\n",
    ],
)
def test_it_is_found_and_the_change_gives_the_same(source, data):
    before, after = dict(data), dict(data)
    run(source, before)
    advice = found(source, before, BUSY)
    assert rules(advice) == ["P02"]
    run(change(advice), after)
    assert found(advice[0].change.text, after, BUSY) == ()
    for name in {"df", "other"} & before.keys():
        pd.testing.assert_frame_equal(before[name], after[name])
    assert before.get("total") == after.get("total")


@pytest.mark.parametrize(
    "source",
    [
        "means = []\nfor c in columns:\n    means.append(pd.read_csv(path)[c].mean())",
        "means = {c: pd.read_csv(path)[c].max() for c in ['a', 'b']}",
        "means = [pd.read_csv(path)[c].mean() for c in columns]  # one by one\nprint(means)",
        "x = pd.read_csv(path)['a'].mean()\ny = len(pd.read_csv(path))\nmeans = x, y",
        "means = [len(pd.read_csv(path).drop(columns=c).columns) for c in columns]",
    ],
)
def test_tables_that_are_gone_count_where_the_cell_did_nothing_else(source, data):
    data = {**data, "columns": ["a", "b"]}
    before, after = dict(data), dict(data)
    run(source, before)
    advice = found(source, before)
    assert rules(advice) == ["P02"]
    assert "A file was parsed 2 times." in advice[0].because
    run(change(advice), after)
    assert after["means"] == before["means"]
    assert found(advice[0].change.text, after) == ()


@pytest.mark.parametrize(
    "source",
    [
        "for c in columns:\n    t = fit(pd.read_csv(path)[c])",  # the rest may be the work
        "for c in columns:\n    n = len(pd.read_csv(path))\n    for k in range(3):\n        n += k",
        "n = [len(pd.read_csv(path)) for c in columns if c]",  # how often is not plain
        "import time\nfor c in columns:\n    print(len(pd.read_csv(path)))\n    time.sleep(0)",
        "n = [len(pd.read_csv(path)) for c in 'ab']",  # nothing is gone through to count it
        "for row in pd.read_csv(path).itertuples():\n    last = row",  # it is read once
        "def load(c):\n    return pd.read_csv(path + c)\nfor c in ['', '']:\n    print(len(load(c)))",
        "import functools\n@functools.cache\ndef load():\n    return pd.read_csv(path)\nfor c in columns:\n    print(len(load()))",
        "kept = {}\ndef load():\n    if path not in kept:\n        kept[path] = pd.read_csv(path)\n    return kept[path]\nfor c in columns:\n    print(len(load()))",
    ],
)
def test_silence_for_tables_that_are_gone(source, data):
    namespace = {**data, "columns": ["a", "b"], "fit": len}
    run(source, namespace)
    assert found(source, namespace) == ()


@pytest.mark.parametrize(
    "source",
    [
        "df = pd.read_csv(path, usecols=['a', 'b'])[['a', 'b']]",  # fixed
        "df = pd.read_csv(path)\nother = df.copy()",  # fixed
        "df = pd.read_csv(path, nrows=50)[['a']]",  # few rows
        "df = pd.read_csv(path)\npart = df[['a']]\ndf['z'] = 1",  # the others are kept
        "df = pd.read_csv(path, index_col='c')[['a']]",  # the choice would lose the index
        "import shutil\nfor k in [1, 2]:\n    now = shutil.copy(path, path + str(k))\n    df = pd.read_csv(now)",
        "df = pd.read_csv(path)\ndf.to_csv(path, index=False)\ndf = pd.read_csv(path)",  # another file by then
        "df = pd.read_csv(path)\npath = path\ndf = pd.read_csv(path)",  # perhaps another name
    ],
)
def test_silence(source, data):
    namespace = dict(data)
    run(source, namespace)
    assert found(source, namespace, BUSY) == ()


def test_a_cell_whose_time_goes_elsewhere_is_left_alone(data):
    source = "df = pd.read_csv(path)\nother = pd.read_csv(path)"
    namespace = dict(data)
    run(source, namespace)
    assert found(source, namespace, Signals(60.0, HEAVY.energy_j, cpu_s=50.0)) == ()
    assert found(source, namespace, Signals(60.0, HEAVY.energy_j, cpu_s=0.1)) == ()


def test_reading_alone_lists_a_candidate():
    (advice,) = read([("a", "import pandas as pd\nx = pd.read_csv(p)[['a']]")])
    assert (advice.rule, advice.status) == ("P02", "candidate")


HELPERS = [
    "def load(p):\n    t = pd.read_csv(p)\n    t = t[['a', 'c']]\n    return t\n",
    "def load(p):\n    t = pd.read_csv(p)\n    return t[['a', 'c']]\n",
    "def load(p):\n    return pd.read_csv(p)[['a', 'c']]\n",
]


@pytest.mark.parametrize("helper", HELPERS)
def test_columns_that_a_helper_keeps(helper, tmp_path):
    import pandas as pd

    for number in range(3):
        table = pd.DataFrame({name: range(4_000) for name in "abcd"})
        table.to_csv(tmp_path / f"{number}.csv", index=False)
    source = helper + "every = pd.concat([load(p) for p in sorted(folder.glob('*.csv'))])"
    before, after = ({"pd": pd, "folder": tmp_path} for _ in range(2))
    run(source, before)
    (advice,) = found(source, before)
    assert advice.rule == "P02"
    run(advice.change.text, after)
    pd.testing.assert_frame_equal(before["every"], after["every"])
    busy = f"{source}\nfor p in folder.glob('*'):\n    train(p)"
    assert found(busy, {**before, "train": str}) == ()


@pytest.mark.parametrize(
    "source",
    [
        "def load():\n    return pd.read_csv(path)\nfor c in columns:\n    print(len(load()))",
        "def load(c):\n    return pd.read_csv(path)[c]\nn = [load(c).sum() for c in columns]",
        "def load(file):\n    return pd.read_csv(file)\na = len(load(path))\nb = len(load(path))",
        "class Store:\n    def __init__(self, path):\n        self.path = path\n"
        "    def table(self):\n        return pd.read_csv(self.path)\n"
        "store = Store(path)\nfor c in columns:\n    print(len(store.table()))",
    ],
)
def test_a_helper_that_parses_the_same_file_again_and_again(source, data):
    namespace = {**data, "columns": ["a", "b"]}
    run(source, namespace)
    (advice,) = found(source, namespace)
    assert (advice.rule, advice.status, advice.change) == ("P02", "shown", None)
    assert "A file was parsed 2 times." in advice.because
