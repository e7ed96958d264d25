"""The form of a case, and the arithmetic of the score."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.statistic import T_975, log_ratio_interval
from advice_cells import run
from tests.advice.corpus_cases import CORPUS, CaseError, read
from tests.advice.corpus_forms import FORMS
from tests.advice.corpus_labels import outcome
from tests.advice.corpus_score import wilson_low

PATH = CORPUS / "s01" / "x.py"
CASE = """# rule: S01
# state: look-alike
# note: a: b
# needs: numpy
# signals: gpu_busy=0.2, runs=3
# max_drop: 0.01
# %% setup
a = 1

# %% setup
import numpy as np
# %% cell
%time
b = a

# %% change
b = 2
# %% metric
b
"""


def test_a_case_is_read():
    case = read(CASE, PATH)
    assert (case.rule, case.state, case.note, case.name) == (
        "S01",
        "look-alike",
        "a: b",
        "s01/x",
    )
    assert case.setups == ("a = 1", "import numpy as np")
    assert (case.cell, case.change, case.metric) == ("%time\nb = a", "b = 2", "b")
    assert case.signals == {"gpu_busy": 0.2, "runs": 3}
    assert (case.max_drop, case.cited, case.needs) == (0.01, True, ("numpy",))


def test_only_what_is_measured_is_in_the_digest():
    case = read(CASE, PATH)
    assert read(CASE.replace("a: b", "c"), PATH).digest("b = 2") == case.digest("b = 2")
    for old, new in (
        ("a = 1", "a = 2"),
        ("b = a", "b = 3"),
        ("0.01", "0.02"),
        ("metric\nb", "metric\n-b"),
    ):
        assert read(CASE.replace(old, new), PATH).digest("b = 2") != case.digest("b = 2")
    assert case.digest("b = 4") != case.digest("b = 2")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("# rule: S01", "# rule: T01", "belongs into t01/"),
        ("# rule: S01\n", "", "`# rule: …` is missing"),
        ("look-alike", "alike", "state 'alike'"),
        ("# note: a: b", "# note:", "`# note: …` is missing"),
        ("# note", "# nose", "line 3: expected one of"),
        ("# note", "# state", "`state` stands there twice"),
        ("# %% cell", "# %% sell", "no section is called 'sell'"),
        ("# %% cell", "# %% setup", "`# %% cell` is missing"),
        ("# %% setup\na", "# %% cell\na", "more than once"),
        ("# %% change\nb = 2\n", "", "a look-alike case needs"),
        ("look-alike", "fixed", "a fixed case has no"),
        ("gpu_busy=0.2", "gpu busy", "signals"),
        ("runs=3", "runs=f()", "signals"),
        ("0.01", "few", "max_drop 'few'"),
        ("metric\nb", "metric\nb = 1", "not one expression"),
        ("needs: numpy", "needs: scipy", "imports numpy"),
        ("# max_drop: 0.01", "# label: saves", "only `# label: cited`"),
        ("b = a", "b = = a", "not Python"),
    ],
)
def test_what_is_wrong_is_said(old, new, why):
    assert old in CASE
    with pytest.raises(CaseError, match=why):
        read(CASE.replace(old, new, 1), PATH)


CELL = """\
import numpy as np
from math import sqrt


def f(x, scale=2):
    return [np.float64(y) * scale for y in x]


class A:
    kept = 1

    def g(self, z):
        return z + self.kept


out = f(xs, scale=sqrt(4))
total = A().g(sum(out))
"""


def test_the_forms_compute_the_same():
    before = {"xs": [1.0, 2.0], "np": np, "sqrt": math.sqrt}
    exec(CELL, before)
    text, names = FORMS["renamed"](CELL, {"xs": before["xs"], "total": before["total"]}, ())
    assert "xs" not in text.replace("sqrt", "") and "total" not in text
    again = dict(names)
    exec(text, again)
    (value,) = (again[new] for new, old in names.items() if old is before["total"])
    assert value == before["total"]
    text, names = FORMS["split"](CELL, before, ())
    assert "import" not in text
    exec(text, dict(names))
    text, _ = FORMS["split"]("a = 1", {}, ("import math\nb = 2",))
    assert text == "import math\na = 1"
    text, names = FORMS["adorned"](CELL, before, ())
    run(text, again := dict(names))
    assert again["total"] == value
    assert text.count("# a note") == 10  # one for each statement
    for form in ("nested", "called"):
        text, names = FORMS[form](CELL, {**before, "total": None}, ())
        exec(f"{text}\nend = {'total' if form == 'nested' else None}", again := dict(names))
        assert again["end"] == (value if form == "nested" else None)
        assert ("total" in again) is (form == "nested")


@pytest.mark.parametrize(
    ("low", "high", "drop", "expected"),
    [
        (0.4, 0.94, None, "saves"),
        (0.4, 0.95, None, "none"),
        (1.05, 1.2, None, "none"),
        (1.06, 1.2, None, "harms"),
        (0.4, 0.5, 0.01, "saves"),
        (0.4, 0.5, 0.011, "harms"),
        (0.4, 0.5, math.nan, "harms"),
    ],
)
def test_an_outcome_is_what_all_of_the_interval_says(low, high, drop, expected):
    assert outcome(low, high, drop, max_drop=0.01) == expected


def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng = random.Random(0)
    for pairs in (5, 12):
        held = 0
        for _ in range(2_000):
            _, low, high = log_ratio_interval([rng.gauss(-0.5, 0.1) for _ in range(pairs)])
            held += low <= math.exp(-0.5) <= high
        assert 0.935 <= held / 2_000 <= 0.965
    scipy = pytest.importorskip("scipy.stats")
    assert T_975 == pytest.approx(scipy.t.ppf(0.975, range(1, 31)), abs=5e-4)


@given(st.integers(0, 200), st.integers(1, 200))
def test_wilsons_bound_is_where_the_share_is_just_not_excluded(hits, of):
    low = wilson_low(min(hits, of), of)
    share = min(hits, of) / of
    assert -1e-9 <= low <= share + 1e-9
    if hits:
        # Wilson: the bound p solves |share - p| = z sqrt(p (1 - p) / n).
        assert share - low == pytest.approx(
            1.959964 * math.sqrt(low * (1 - low) / of), abs=1e-9
        )
