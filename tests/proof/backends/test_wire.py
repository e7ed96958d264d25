"""What comes back from a copy is plain data."""

import json
import pickle

import numpy as np
import pytest
from hypothesis import given, strategies as st

from greenlab.proof.backends import wire
from greenlab.proof.result_values import ResultForm, difference, taken
from greenlab.proof.protocol import Outcome
from greenlab.record import Figure

ENERGY = Figure(2.0, 1.0, 3.0, 0.95, "modelled")
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def there_and_back(**variables):
    outcome = Outcome(ENERGY, 1.0, results=taken(variables, variables), modules=("a", "b"))
    return wire.read(wire.written(outcome))


@given(plain)
def test_a_value_comes_back_as_it_was(value):
    found = there_and_back(y=value)
    assert (found.energy_j, found.modules, found.error) == (ENERGY, ("a", "b"), None)
    if value is not None:
        assert difference(ResultForm.of(value), found.results["y"]) == 0.0


@pytest.mark.parametrize(
    "value",
    [
        np.arange(6.0).reshape(2, 3)[:, ::2], np.float32([1, np.nan]), np.ones(2) * 1j,
        np.array(["a", "b"]), np.array([True]), np.datetime64("2026-01-01") + np.arange(2),
        np.zeros((0, 3)), np.array(5), np.arange(3, dtype=">i4"), 10**300, (1, [2], {"a": b"x"}),
    ],
)  # fmt: skip
def test_an_array_comes_back_as_it_was(value):
    assert difference(ResultForm.of(value), there_and_back(y=value).results["y"]) == 0.0


class Trap:
    """Says so when any code of it runs."""

    ran = []

    def __init__(self):
        self.a = 1

    def __setstate__(self, state):
        Trap.ran.append("setstate")

    def __eq__(self, other):
        Trap.ran.append("eq")
        return True

    def __hash__(self):
        return 1

    def __reduce__(self):
        return (Trap.ran.append, ("reduced",))


def test_no_object_of_the_users_comes_back():
    trap = Trap()
    found = there_and_back(
        a=trap, b=[trap], c={trap: 1}, d=np.array([trap], dtype=object), e={"k": (1, trap)}, f=1
    )
    assert set(found.results) == {"f"}
    by_hand = Outcome(ENERGY, 1.0, results={"y": ResultForm((trap,), [trap])})
    assert wire.read(wire.written(by_hand)).results == {}
    assert Trap.ran == []


def frame(said, *blobs):
    text = json.dumps(said).encode()
    return len(text).to_bytes(8, "little") + text + b"".join(blobs)


def good(**changed):
    text = wire.written(Outcome(ENERGY, 1.0, hardware="cpu"))[8:]
    return {**json.loads(text), **changed}


def test_the_form_by_hand_is_the_one_that_is_read():
    assert wire.read(frame(good())).error is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff" * 100,
        pickle.dumps(Trap()),
        frame([]),
        frame({}),
        frame(good(duration_s="1")),
        frame(good(foreign=float("inf"))),
        frame(good(throttled=1)),
        frame(good(hardware=[1])),
        frame(good(energy_j={"value": {}})),
        frame(good(results={"y": [{"array": ["|O", [1], 8]}, []]}), bytes(8)),
        frame(good(results={"y": [{"array": ["<f8", [9], 72]}, []]}), bytes(8)),
        frame(good(results={"y": [{"bytes": -1}, []]})),
        frame(good(results={"y": [{"module": "os"}, []]})),
        frame(good(results={"y": [1]})),
        b"[" * 100_000,
    ],
)
def test_what_is_not_of_the_form_is_a_run_that_failed(data):
    found = wire.read(data)
    assert found.error == "what the copy answered cannot be read"
    assert Trap.ran == []


@given(st.binary(max_size=200), st.integers(0, 200))
def test_no_bytes_raise(noise, at):
    data = wire.written(Outcome(ENERGY, 1.0, results={"y": ResultForm("number", [np.ones(3)])}))
    wire.read(noise)
    wire.read(data[:at] + noise + data[at + len(noise) :])
