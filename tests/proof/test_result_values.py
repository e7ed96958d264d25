"""What two versions left, set beside each other."""

import ast
import copy
import pickle

import numpy as np
import pytest

from greenlab.proof.result_values import ResultForm, agreement, difference, left_by, taken

from . import workload


def frames():
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    columns = {"a": [1.0, 2.0, np.nan], "b": ["x", "y", None]}
    yield pandas.DataFrame(columns)
    yield pandas.Series([1, 2, 3], index=["p", "q", "r"])
    yield polars.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})


def values():
    torch = pytest.importorskip("torch")
    yield from (1, 2.5, "text", True, [1, 2.0, ["a"]], {"b": 1, "a": (2.0, None)}, float("nan"))
    yield from (np.arange(6.0).reshape(2, 3), np.array(["a", "b"]), np.array([True, False]))
    yield from (
        np.datetime64("2026-01-01", "s") + np.arange(3),
        np.float32(0.5),
        np.ones(2) * 1j,
    )
    yield from (torch.ones(2, 3), torch.ones(2, dtype=torch.bfloat16), torch.arange(3))
    yield from frames()


def test_a_value_agrees_with_itself_also_from_another_process():
    for value in values():
        there = pickle.loads(pickle.dumps(ResultForm.of(copy.deepcopy(value))))
        assert difference(ResultForm.of(value), there) == 0.0, value


def test_the_largest_difference_is_a_share_of_the_largest_number():
    before, after = np.array([1.0, -200.0]), np.array([1.5, -199.0])
    assert difference(ResultForm.of(before), ResultForm.of(after)) == pytest.approx(1 / 200)
    assert difference(ResultForm.of([1, 4.0]), ResultForm.of([1, 5.0])) == pytest.approx(0.25)
    assert difference(ResultForm.of(np.float32([1])), ResultForm.of(np.float64([1]))) == 0.0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a", "b"),
        (np.ones(2), np.ones(3)),
        ([1.0], [1.0, 2.0]),
        ({"a": 1}, {"b": 1}),
        (1.0, float("nan")),
        (np.ones(2), np.array([1, np.inf])),
        (0.0, 1e-300),
        (np.array(["a"]), np.array(["b"])),
        (True, False),
    ],
)
def test_another_kind_shape_or_text_is_unlike(before, after):
    found = agreement({"y": ResultForm.of(before)}, {"y": ResultForm.of(after)})
    assert found.unlike == ("y",)
    assert str(found) == "results differ in kind, shape or text: y"


def test_a_difference_in_any_value_is_found():
    for value in values():
        other = ResultForm.of(value)
        if other.numbers:
            other.numbers[-1] = np.asarray(other.numbers[-1]) + 1
            if other.numbers[-1].ndim == 0:
                other.numbers[-1] = other.numbers[-1].item()
        else:
            other.shape = (other.shape, "more")
        found = difference(ResultForm.of(value), other)
        assert found is None or found > 0 or value != value, value


def test_what_is_of_another_kind_or_too_large_is_left_out():
    variables = {
        "model": workload.Holder(1), "large": np.ones(3_000_000), "many": [1] * 200_000, "y": 1,
        "none": None,
    }  # fmt: skip
    assert list(taken([*variables, "missing"], variables)) == ["y"]
    assert agreement({}, {"y": ResultForm.of(1)}) is None


def test_what_a_cell_leaves_are_its_assignments():
    cell = """
for i, row in rows: total += row
y[0] = 1
z: int = 2
_private = 3
a, (b, *c) = d
def f():
    local = 1
print(e)
"""
    assert left_by(ast.parse(cell)) == {"total", "y", "z", "a", "b", "c"}


def test_numbers_too_large_for_a_size_are_themselves():
    huge = ResultForm.of(complex(1.5e308, 1.5e308))
    assert difference(huge, huge) == 0.0
    assert difference(huge, ResultForm.of(1j)) is None
    whole = ResultForm.of(10**400)
    assert difference(whole, whole) == 0.0
