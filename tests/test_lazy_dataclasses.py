"""A dataclass whose methods are made later is one like any other."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from greenlab import lazy_dataclasses


def both(decorator):
    """The same classes by one decorator or the other."""

    @decorator(frozen=True, slots=True)
    class Point:
        """A point."""

        x: float
        y: float = 0.0
        tags: dict[str, Any] = dataclasses.field(default_factory=dict, compare=False)
        hidden: int = dataclasses.field(default=1, repr=False)

    @decorator(frozen=True, slots=True)
    class Named(Point):
        """A point with a name."""

        name: str = "a"

        @property
        def far(self):
            return self.x > 1

    @decorator(frozen=True, slots=True)
    class Shy:
        """One field that no other depends on."""

        secret: int

        def __post_init__(self):
            object.__setattr__(self, "secret", self.secret + 1)

        def __repr__(self):
            return "<Shy>"

    @decorator(frozen=True, slots=True)
    class Empty:
        """Nothing."""

    return Point, Named, Shy, Empty


Point, Named, Shy, Empty = both(lazy_dataclasses.dataclass)
STANDARD = both(dataclasses.dataclass)


@pytest.mark.parametrize(
    ("which", "values", "named"),
    [
        (0, (1.0,), {}),
        (0, (1.0, 2.0), {"tags": {"a": 1}, "hidden": 5}),
        (0, (), {"x": 1.0}),
        (1, (1.0, 2.0), {"name": "b"}),
        (2, (3,), {}),
        (3, (), {}),
    ],
)
def test_it_does_what_the_standard_one_does(which, values, named):
    mine, standard = (classes[which] for classes in ((Point, Named, Shy, Empty), STANDARD))
    one, other = mine(*values, **named), standard(*values, **named)
    assert repr(one) == repr(other)
    assert dataclasses.asdict(one) == dataclasses.asdict(other)
    assert [each.name for each in dataclasses.fields(one)] == [
        each.name for each in dataclasses.fields(other)
    ]
    assert one == mine(*values, **named)
    assert one != other
    assert hash(one) == hash(mine(*values, **named))
    assert copy.deepcopy(one) == copy.copy(one) == one
    assert not hasattr(one, "__dict__")
    assert mine.__match_args__ == standard.__match_args__
    assert mine.__doc__ == standard.__doc__


def test_fields_that_are_not_compared_make_no_difference():
    assert Point(1.0, tags={"a": 1}) == Point(1.0)
    assert hash(Point(1.0, tags={"a": 1})) == hash(Point(1.0))
    assert Point(1.0) != Point(2.0)
    assert Point(1.0) != Named(1.0)
    assert Point(1.0).tags is not Point(1.0).tags


def test_it_is_replaced_and_never_changed():
    one = Named(1.0, 2.0, name="b")
    assert dataclasses.replace(one, x=2.0) == Named(2.0, 2.0, name="b")
    assert dataclasses.replace(one, x=2.0).far
    with pytest.raises(dataclasses.FrozenInstanceError, match="'x'"):
        one.x = 3.0
    with pytest.raises(dataclasses.FrozenInstanceError, match="'x'"):
        del one.x
    assert one.x == 1.0


def test_a_subclass_may_come_first():
    Point, Named, *_ = both(lazy_dataclasses.dataclass)
    assert Named(1.0).name == "a"
    assert Point(1.0).y == 0.0


@pytest.mark.parametrize(("values", "words"), [((), "'x'"), ((1, 2, 3, 4, 5), "takes from")])
def test_wrong_arguments_are_refused_in_the_same_words(values, words):
    for cls in (Point, STANDARD[0]):
        with pytest.raises(TypeError, match=words) as error:
            cls(*values)
        assert "Point.__init__()" in str(error.value)


@lazy_dataclasses.dataclass(frozen=True, slots=True)
class Pickled:
    """One that can be found by its name."""

    value: int


def test_it_is_pickled():
    assert pickle.loads(pickle.dumps(Pickled(3))) == Pickled(3)


def test_other_options_go_to_the_standard_one():
    @lazy_dataclasses.dataclass(slots=True)
    class Changing:
        value: int = 0

    one = Changing()
    one.value = 3
    assert one == Changing(3)


def test_nothing_is_compiled_before_the_first_instance(monkeypatch):
    compiled = []
    make = lazy_dataclasses._compiled_init
    monkeypatch.setattr(
        lazy_dataclasses, "_compiled_init", lambda cls: compiled.append(cls) or make(cls)
    )
    point, *_ = both(lazy_dataclasses.dataclass)
    assert not compiled
    point(1.0)
    point(2.0)
    assert compiled == [point]
