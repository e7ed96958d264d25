"""P01: every rewrite runs and gives the same values; what cannot be exact stays silent."""

import math

import numpy as np
import pandas as pd
import pytest
from advice_cells import HEAVY, change, found, run
from stacks import stack

from greenlab.advice import Signals, read
from greenlab.advice.rules import p01_row_loops

ROWS = 1_000
# A cell that ran often: what a loop costs by itself is most of what one run takes.
BUSY = Signals(0.008, HEAVY.energy_j, cpu_s=0.008, runs=5000, total_duration_s=40.0)
LONGER = Signals(0.08, HEAVY.energy_j, cpu_s=0.08, runs=500, total_duration_s=40.0)


@pytest.fixture
def data(monkeypatch):
    """A table whose rows count as many: each cell runs row by row, as slowly as users' do."""
    monkeypatch.setattr(p01_row_loops, "MIN_ROWS", ROWS)
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "a": rng.integers(-50, 50, ROWS),
            "b": rng.normal(size=ROWS),
            "c": np.where(rng.random(ROWS) < 0.1, np.nan, rng.random(ROWS)),
            "s": rng.choice(["red", "green fish", " Blue "], ROWS),
            "t": pd.Series(rng.choice(["x", "y"], ROWS), dtype=object),
            "flag": rng.random(ROWS) < 0.5,
            "day": pd.to_datetime("2024-01-01")
            + pd.to_timedelta(rng.integers(0, 400, ROWS), "D"),
            "two words": rng.random(ROWS),
        }
    )
    return {"df": table, "np": np, "pd": pd, "math": math, "rate": 1.5, "limit": 3}


def both(source, data):
    """The namespaces after the cell and after its rewrite, and the advice."""
    before = {**data, "df": data["df"].copy()}
    after = {**data, "df": data["df"].copy()}
    run(source, before)
    advice = found(source, before, BUSY)
    run(change(advice), after)
    assert found(advice[0].change.text, after, BUSY) == ()
    return before, after, advice[0]


def same(one, other):
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, check_dtype=False, rtol=1e-12)
    elif isinstance(one, pd.Series):
        pd.testing.assert_series_equal(one, other, check_dtype=False, check_names=False)
    elif isinstance(one, list) and one and isinstance(one[0], float):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    elif isinstance(one, float):
        assert other == pytest.approx(one, rel=1e-12, nan_ok=True)
    else:
        assert one == other


EXPRESSIONS = [
    "r['a'] * 2 + r['b']",
    "(r['a'] + 1) * -r['b'] / rate",
    "r['a'] % 7 == 0",
    "r['a'] // 3",
    "r['a'] ** 2",
    "r['b'] ** 0.5 if r['b'] > 0 else 0.0",
    "abs(r['a']) + abs(r['b'])",
    "math.exp(r['b'])",
    "math.sqrt(r['a'] ** 2 + r['b'] ** 2)",
    "np.sin(r['b'])",
    "int(r['b'] * 100)",
    "float(r['a'])",
    "r['c'] > 0.5",
    "r['c'] + r['two words']",
    "0 < r['b'] < 1",
    "r['a'] > limit and r['b'] < 0",
    "r['a'] > limit or not r['b'] < 0 or r['flag']",
    "not r['flag']",
    "'high' if r['a'] > 10 else 'low'",
    "'high' if r['a'] > 10 else ('mid' if r['a'] > 0 else 'low')",
    "r['s'] if r['flag'] else 'none'",
    "1 if r['s'] == 'red' and r['t'] != 'x' else 0",
    "r['s'] in ('red', ' Blue ')",
    "r['a'] not in [1, 2, 3]",
    "'fish' in r['s']",
    "r['s'].strip().upper()",
    "r['s'].replace('fish', 'bird')",
    "r['s'].startswith('g')",
    "len(r['s'])",
    "r['s'] + '-' + r['t']",
    "r['t'].upper()",
    "r['day'].year * 100 + r['day'].month",
    "r['day'].quarter >= 3",
    "r['b'] if pd.notna(r['c']) else np.nan",
    "r['c'] if not pd.isna(r['c']) and r['c'] > 0.5 else 0",
    "max(r['a'], 0) + min(r['a'], limit)",
    "r['b'] * math.pi",
    "r.a + r.b",
    "r.s.lower()",
]
SHAPES = [
    "out = []\nfor i, r in df.iterrows():\n    out.append({})\n",
    "df['new'] = df.apply(lambda r: {}, axis=1)\n",
    "out = df.apply(lambda r: {}, axis=1)\n",
    "out = [{} for _, r in df.iterrows()]\n",
]


@pytest.mark.parametrize(
    ("expression", "shape"),
    [(expression, SHAPES[number % 4]) for number, expression in enumerate(EXPRESSIONS)],
)
def test_an_expression_on_a_row_becomes_one_on_columns(expression, shape, data):
    before, after, _ = both(shape.format(expression), data)
    same(before["df"], after["df"])
    if "out" in before:
        same(before["out"], after["out"])


LOOPS = [
    # branches
    "out = []\nfor i, r in df.iterrows():\n    if r['a'] > 5:\n        out.append(r['b'])\n",
    "out = []\nfor i, r in df.iterrows():\n    if r['a'] > 5:\n        out.append('hi')\n    elif r['a'] > 0:\n"
    "        out.append('mid')\n    else:\n        out.append('lo')\n",
    "out = []\nfor i, r in df.iterrows():\n    if r['flag']:\n        continue\n    x = 2\n    out.append(r['a'] * 3)\n".replace(
        "    x = 2\n", ""
    ),
    "ids = []\nfor i, r in df.iterrows():\n    if r['s'] == 'red' and r['a'] > 0:\n        ids.append(i)\n",
    # what is computed on the way
    "out = []\nfor i, r in df.iterrows():\n    half = r['a'] / 2\n    whole = half + r['b']\n    out.append(whole * half)\n",
    # sums and counts
    "total = 0.0\ncount = 0\nfor _, r in df.iterrows():\n    total += r['a'] * r['b']\n    if r['a'] > limit:\n        count += 1\n",
    "total = 0\nfor _, r in df.iterrows():\n    if r['flag']:\n        total += r['a']\n",
    "total = 0\nfor _, r in df.iterrows():\n    total += r['c']\n",
    "total = sum(r['a'] * 2 for _, r in df.iterrows())\n",
    # several lists
    "xs, ys = [], []\nfor i, r in df.iterrows():\n    xs.append(r['a'] + 1)\n    ys.append(r['b'] - 1)\n",
    # into the table
    "for i, r in df.iterrows():\n    df.loc[i, 'new'] = r['a'] * 2 + r['b']\n",
    "for i, r in df.iterrows():\n    df.at[i, 'b'] = r['b'] * 2\n",
    "df['new'] = 0\nfor i, r in df.iterrows():\n    if r['a'] > 3 and r['s'] == 'red':\n        df.loc[i, 'new'] = 1\n",
    "df['new'] = ''\nfor i, r in df.iterrows():\n    if r['a'] > 3:\n        df.at[i, 'new'] = 'up'\n    else:\n        df.at[i, 'new'] = 'down'\n",
    "for i in range(len(df)):\n    df.loc[i, 'new'] = df.loc[i, 'a'] * df.loc[i, 'b']\n",
    "for i in df.index:\n    df.at[i, 'new'] = df['a'][i] + 1\n",
    "out = []\nfor i in range(df.shape[0]):\n    out.append(df.iloc[i]['a'] + df['b'].iloc[i])\n",
    # functions
    "def grade(row):\n    '''Say how good.'''\n    if row['a'] > 20:\n        return 'A'\n    if row['a'] > 0:\n        return 'B'\n"
    "    return 'C'\ndf['grade'] = df.apply(grade, axis=1)\n",
    "def score(row):\n    base = row['a'] * 2\n    if row['flag']:\n        base = base + row['b']\n    return base\n"
    "df['score'] = df.apply(score, axis='columns')\n",
    "df['new'] = df[['a', 'b']].apply(lambda r: r['a'] + r['b'], axis=1)\n",
    "m = df.apply(lambda r: r['a'] > 3, axis=1).sum()\n",
    "names = {'x': 'first', 'y': 'second'}\ndf['new'] = df.apply(lambda r: names[r['t']], axis=1)\n",
    "def work(table):\n    out = []\n    for i, r in table.iterrows():\n        out.append(r['a'])\n    return out\nz = [q for q in df.apply(lambda r: r['a'] + 1, axis=1)]\n",
]


@pytest.mark.parametrize("source", LOOPS)
def test_a_loop_over_rows_becomes_columns(source, data):
    before, after, advice = both(source, data)
    assert any(f"{ROWS:,} rows" in fact for fact in advice.because)
    assert advice.saving
    for name in {"out", "ids", "total", "count", "xs", "ys", "df", "m", "z"} & before.keys():
        same(before[name], after[name])


def test_without_numpy_it_is_imported(data):
    data.pop("np")
    source = "out = []\nfor i, r in df.iterrows():\n    out.append(1 if r['a'] > 0 else 0)\n"
    before, after, advice = both(source, data)
    assert advice.change.text.count("import numpy as np") == 1
    same(before["out"], after["out"])


def test_comments_and_magics_stay(data):
    source = (
        "# all rows\n%time 1\nout = []\n# one by one\nfor i, r in df.iterrows():  # slow\n"
        "    # twice\n    out.append(r['a'] * 2)\nprint(len(out))  # so many\n"
    )
    _, _, advice = both(source, data)
    for kept in ("# all rows", "%time 1", "# one by one", "# slow", "# twice", "# so many"):
        assert advice.change.text.count(kept) == 1


@pytest.mark.parametrize(
    ("old", "new"), [("df", "frame"), ("r", "row"), ("i", "_"), ("out", "collected")]
)
def test_renaming_changes_nothing(old, new, data):
    names = {"df": "df", "r": "r", "i": "i", "out": "out"} | {old: new}
    source = (
        "{out} = []\nfor {i}, {r} in {df}.iterrows():\n    {out}.append({r}['a'] * 2)\n"
    ).format(**names)
    namespace = {**data, names["df"]: data["df"]}
    run(source, namespace)
    after = {**data, names["df"]: data["df"]}
    run(change(found(source, namespace, BUSY)), after)
    same(namespace[names["out"]], after[names["out"]])


NO_EDIT = {
    "a function that does who knows what": "def f(v):\n    while v > 9:\n        v = v / 2\n    return v\nout = []\nfor i, r in df.iterrows():\n    out.append(f(r['a']))\n",
    "a plain function of the user's": "def f(v):\n    return v + 1\nout = []\nfor i, r in df.iterrows():\n    out.append(f(r['a']))\n",
    "a function that keeps something": "seen = {}\ndef f(v):\n    seen[v] = 1\n    return len(seen)\nout = []\nfor i, r in df.iterrows():\n    out.append(f(r['a']))\n",
    "a function that calls itself": "def f(v):\n    return v if v < 9 else f(v - 9)\nout = []\nfor i, r in df.iterrows():\n    out.append(f(r['a']))\n",
    "the row before": "for i, r in df.iterrows():\n    df.at[i, 'b'] = r['a'] + (df.at[i - 1, 'b'] if i else 0)\n",
    "places that others read": "left = {}\nout = []\nfor i, r in df.iterrows():\n    out.append(left.get(r['t'], 0))\n    left[r['t']] = r['a']\n",
    "one row after the other": "last = 0\nout = []\nfor i, r in df.iterrows():\n    last = last * 0.5 + r['b']\n    out.append(last)\n",
    "the loop's names are used later": "out = []\nfor i, r in df.iterrows():\n    out.append(r['a'])\nprint(r['a'])\n",
    "one list, two places": "out = []\nfor i, r in df.iterrows():\n    if r['a'] > 0:\n        out.append(1)\n    out.append(r['a'])\n",
    "the list is read": "out = [0]\nfor i, r in df.iterrows():\n    out.append(out[-1] + r['a'])\n",
    "a print": "for i, r in df.iterrows():\n    if r['a'] > 48 and r['b'] > 2:\n        print(i)\n",
    "another column changed later": "out = []\nfor i, r in df.iterrows():\n    out.append(r['a'])\ndf['a'] = df['a'].astype(str)\n",
    "a divisor that may be zero": "out = []\nfor i, r in df.iterrows():\n    out.append(r['b'] // (abs(r['a']) + 1))\n",
    "the column changes before it is read": "for i, r in df.iterrows():\n    if r['a'] > 0:\n        df.loc[i, 'a'] = 0\n        df.loc[i, 'n'] = 1\n",
    "logarithm where it may be undefined": "out = []\nfor i, r in df.iterrows():\n    out.append(math.log(r['b']) if r['b'] > 0 else 0.0)\n",
    "missing values compared by order": "out = []\nfor i, r in df.iterrows():\n    out.append(max(r['c'], 0))\n",
}


# Whole columns do there as well, for who knows the data.
BY_HAND = [
    NO_EDIT[name]
    for name in (
        "the loop's names are used later", "a plain function of the user's", "one list, two places", "another column changed later",
        "a divisor that may be zero", "logarithm where it may be undefined",
        "missing values compared by order", "the column changes before it is read",
    )
]  # fmt: skip


@pytest.mark.parametrize("source", NO_EDIT.values(), ids=NO_EDIT)
def test_what_is_not_surely_the_same_gets_no_edit(source, data):
    run(source, data)
    (advice,) = found(source, data, BUSY)
    assert advice.change is None
    assert advice.status == ("shown" if source in BY_HAND else "candidate")


@pytest.mark.parametrize(("rows", "rules"), [(9_999, []), (10_000, ["P01"])])
def test_many_rows_are_ten_thousand(rows, rules):
    names = {"df": pd.DataFrame({"a": range(rows)})}
    source = "out = []\nfor i, r in df.iterrows():\n    out.append(r['a'])\n"
    run(source, names)
    assert [one.rule for one in found(source, names, LONGER)] == rules


SILENT = {
    "whole columns": "out = (df['a'] * 2).tolist()\n",
    "a column's own apply": "out = df['a'].apply(lambda v: v * 2)\n",
    "columns, not rows": "out = df.apply(lambda c: c.astype(str).str.len().max())\n",
    "few rows": "small = df.head(500)\nout = [r['a'] for _, r in small.iterrows()]\n",
    "zipped columns": "out = [a * b for a, b in zip(df['a'], df['b'])]\n",
    "somebody else's iterrows": "class Book:\n    def iterrows(self):\n        return [(0, {'a': 1})]\nbook = Book()\n"
    "out = []\nfor i, r in book.iterrows():\n    out.append(r['a'])\n",
    "a list of tables": "parts = []\nfor k in range(3):\n    parts.append(df)\nbig = pd.concat(parts)\n",
    "a loop over labels without the table": "out = []\nfor i in range(len(df)):\n    out.append(i * 2)\n",
}


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT)
def test_silence_where_nothing_goes_row_by_row(source, data):
    run(source, data)
    assert found(source, data, BUSY) == ()


def test_silence_where_the_time_goes_into_the_body(data):
    source = "out = []\nfor i, r in df.iterrows():\n    out.append(r['a'])\n"
    run(source, data)
    assert (
        found(source, data, Signals(600.0, HEAVY.energy_j, cpu_s=590.0)) == ()
    )  # a heavy body
    assert found(source, data, Signals(60.0, HEAVY.energy_j, cpu_s=0.5)) == ()  # a waiting one


def test_an_index_of_its_own_is_respected(data):
    data["df"] = data["df"].set_index(pd.Index(np.arange(ROWS) // 2))
    source = (
        "out = []\nfor i, r in df.iterrows():\n    out.append(i + 0 if r['a'] > 0 else 1)\n"
    )
    run(source, data)
    assert found(source, data, BUSY)[0].change is None
    source = "out = []\nfor i, r in df.iterrows():\n    out.append(r['a'])\n"
    before, after, _ = both(source, data)
    same(before["out"], after["out"])


GROWING = [
    "big = pd.DataFrame()\nfor k in range(400):\n    big = pd.concat([big, pd.DataFrame({'k': [k], 'v': [k / 2]})], ignore_index=True)\n",
    "big = pd.DataFrame(columns=['k', 'v'])\nfor k in range(400):\n    part = pd.DataFrame({'k': [k], 'v': [str(k)]})\n"
    "    big = pd.concat([big, part])  # one more\n",
    "big = df.head(5)\nfor k in tables:\n    if True:\n        pass\n    big = pd.concat((big, k), axis=0)\nprint(len(big))\n",
    "big = df.head(5)\nfor k in range(20):\n    for j in range(20):\n        big = pd.concat([big, tables[j]])\n",
    "def gather():\n    big = pd.DataFrame()\n    for k in tables:\n        big = pd.concat([big, k])\n    return big\nbig = gather()\n",
]


@pytest.mark.parametrize("source", GROWING)
def test_a_table_that_grows_is_joined_once(source, data):
    data["tables"] = [data["df"].iloc[k : k + 2] for k in range(400)]
    before, after = dict(data), dict(data)
    run(source, before)
    advice = [one for one in found(source, before, LONGER) if one.rule == "P01"]
    run(change(advice), after)
    pd.testing.assert_frame_equal(before["big"], after["big"])
    assert advice[0].change.text.count("# greenlab:P01") == 3


@pytest.mark.parametrize(
    "source",
    [
        "big = df\nfor k in range(3):\n    big = pd.concat([big, df], ignore_index=True)\n",  # few rounds
        "big = df[['a']]\nfor k in range(30):\n    big = pd.concat([big, df[['b']]], axis=1)\n",  # columns
        "for k in range(300):\n    big = pd.DataFrame()\n    big = pd.concat([big, df.head(1)])\n",  # anew
    ],
)
def test_tables_that_do_not_grow_much_are_left_alone(source, data):
    run(source, data)
    assert found(source, data, LONGER) == ()


def test_a_growing_table_that_is_used_on_the_way_gets_words(data):
    source = "big = df.head(1)\nfor k in range(400):\n    big = pd.concat([big, df.head(1)])\n    size = len(big)\n"
    run(source, data)
    (advice,) = found(source, data, LONGER)
    assert advice.change is None
    assert "big_parts" in advice.because[-1]


def test_reading_alone_lists_a_candidate():
    source = (
        "import pandas as pd\nout = []\nfor i, r in df.iterrows():\n    out.append(r['a'] * 2)"
    )
    (advice,) = read([("a", source)])
    assert (advice.rule, advice.status) == ("P01", "candidate")
    assert read([("a", "import pandas as pd\nfor i, r in df.iterrows():\n    print(r)")]) == ()


@pytest.mark.parametrize(
    "loop",
    [
        "for k in range(400): big = pd.concat([big, df.head(1)])",
        "for k in range(400): big = pd.concat([big, df.head(1)]); size = k",
        "for k in range(400):\n    size = k; big = pd.concat([big, df.head(1)])",
    ],
)
def test_a_statement_that_shares_its_line_is_changed_by_hand(loop, data):
    source = f"big = df.head(1)\n{loop}\n"
    run(source, data)
    (one,) = found(source, data, LONGER)
    assert one.rule == "P01"
    assert one.change is None
    assert "collect the parts in a list" in one.because[-1]


STATES = (
    "limits = {'high': 2}\ndef mark(row, lim):\n    return 1 if row['a'] > lim['high'] else 0\n"
)
COLUMNAR = [
    "for i in range(1, len(df)):\n    out.append(df['b'].iloc[i] - df['b'].iloc[i - 1])",
    "for n, (i, r) in enumerate(df.iterrows()):\n    out.append(n + r['a'])",
    "for i, value in df['b'].items():\n    df.loc[i, 'd'] = value * 2 if value > 0 else value",
    "for i in range(df.shape[0]):\n    out.append(df.iat[i, 0] * df.iloc[i, 1])",
    "for i in range(len(df)):\n    df.iloc[i, df.columns.get_loc('d')] = df['a'].iloc[i] * 2",
    "for i, (a, b) in enumerate(zip(df['a'], df['b'])):\n    df.at[i, 'd'] = a * b",
    "for _, r in df.iterrows():\n    k = r['s']\n    if k not in sums:\n        sums[k] = 0\n"
    "    sums[k] += r['a']",
    "for _, r in df.iterrows():\n    sums[r['s']] = sums.get(r['s'], 0) + 1",
    "for _, r in df.iterrows():\n    sums.setdefault(r['s'], []).append(r['a'])",
    f"{STATES}df['d'] = df.apply(mark, axis=1, args=(limits,))",
    "df[['d', 'e']] = df.apply(lambda r: (r['a'], r['b'] * 2), axis=1, result_type='expand')",
]
CARRIES = [
    "for i in range(1, len(df)):\n    df.loc[i, 'd'] = 0.3 * df.loc[i, 'a'] + 0.7 * df.loc[i - 1, 'd']",
    "for _, r in df.iterrows():\n    out.append(sums.get(r['s'], 0))\n    sums[r['s']] = r['a']",
    "for _, r in df.iterrows():\n    sums[r['s']] = 0.3 * r['a'] + 0.7 * sums.get(r['s'], 0)",
    "for i in range(len(df)):\n    out.append(df['b'].iloc[i] - df['b'].mean())",
    "for train, test in folds:\n    out.append(df.iloc[train]['a'].sum())",
    "for i in range(10):\n    out.append(df.iloc[i]['a'] * 2)",
]


def shown(source, data, function="<module>"):
    """The rules that are pushed where the stacks show that the cell worked in its loop."""
    table = pd.concat([data["df"], data["df"][:9]], ignore_index=True)
    before = {**data, "df": table.assign(d=0.0), "out": [], "sums": {}}
    before["folds"] = [np.array_split(np.arange(ROWS), 2)]
    run(source, before)
    last = source.count("\n") + 1
    hot = [stack(line, 0.9 / last, samples=200) for line in range(1, last + 1)]
    return [one.rule for one in found(source, before, stacks=hot) if one.status == "shown"]


@pytest.mark.parametrize("source", COLUMNAR)
def test_the_work_on_a_row_goes_as_well_where_columns_can_do_it(source, data):
    assert shown(source, data) == ["P01"]


@pytest.mark.parametrize("source", CARRIES)
def test_what_one_row_hands_to_the_next_stays(source, data):
    assert shown(source, data) == []


GROWS = [
    "log = pd.DataFrame(columns=['a', 'b'])\nfor k in range(300):\n    log.loc[len(log)] = [k, 1]",
    "log = pd.DataFrame(columns=['a', 'b'])\ndef add(k):\n    log.loc[len(log.index)] = [k, 1]\n"
    "for k in range(300):\n    add(k)",
    "log = None\nfor k in range(300):\n    part = pd.DataFrame({'a': [k]})\n    if log is None:\n"
    "        log = part\n    else:\n        log = pd.concat([log, part])",
]


@pytest.mark.parametrize("source", GROWS)
def test_tables_that_grow_by_rows(source, data):
    line = 1 + next(
        n for n, row in enumerate(source.split("\n")) if "loc[" in row or "concat" in row
    )
    run(source, data)
    landmarks = ("pandas.core.indexing._LocationIndexer.__setitem__",)
    hot = [stack(line, 0.9, landmarks)]
    (one,) = found(source, data, stacks=hot)
    assert (one.rule, one.status) == ("P01", "shown")


def test_few_rows_put_at_the_end_are_left_alone(data):
    source = GROWS[0].replace("300", "20")
    run(source, data)
    hot = [stack(3, 0.9, ("pandas.core.indexing._LocationIndexer.__setitem__",))]
    assert found(source, data, stacks=hot) == ()
