"""A dataclass whose methods are made later is one like any other."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from typing import Any, Generic, TypeVar

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
    class Elsewhere(Named):
        """One that has another default."""

        y: float = 5.0

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

    @decorator(frozen=True, slots=True)
    class OfOne:
        """One field that may hold what holds it."""

        value: Any

    return Point, Named, Shy, Empty, OfOne, Elsewhere


Point, Named, Shy, Empty, OfOne, Elsewhere = MINE = both(lazy_dataclasses.dataclass)
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
        (4, (5,), {}),
        (5, (1.0,), {"name": "b"}),
        (5, (1.0, 2.0, {}, 3, "b"), {}),
    ],
)
def test_it_does_what_the_standard_one_does(which, values, named):
    mine, standard = (classes[which] for classes in (MINE, STANDARD))
    one, other = mine(*values, **named), standard(*values, **named)
    assert repr(one) == repr(other)
    assert dataclasses.asdict(one) == dataclasses.asdict(other)
    assert [each.name for each in dataclasses.fields(one)] == [
        each.name for each in dataclasses.fields(other)
    ]
    assert one == mine(*values, **named)
    assert one != other
    assert hash(one) == hash(mine(*values, **named)) == hash(other)
    assert inspect.signature(mine) == inspect.signature(standard)
    assert str(mine.__dataclass_params__) == str(standard.__dataclass_params__)
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
    assert one.__replace__(x=2.0) == dataclasses.replace(one, x=2.0)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
        one.x = 3.0
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
        del one.x
    assert one.x == 1.0


def test_a_subclass_may_come_first():
    Point, Named, *_ = both(lazy_dataclasses.dataclass)
    assert Named(1.0).name == "a"
    assert Point(1.0).y == 0.0


def test_signatures_are_known_before_the_first_instance_and_are_of_the_class_itself():
    mine, standard = both(lazy_dataclasses.dataclass), both(dataclasses.dataclass)
    for one, other in zip(mine, standard, strict=True):
        assert inspect.signature(one) == inspect.signature(other)

    class Other(mine[0]):
        def __init__(self, name: str) -> None:
            super().__init__(len(name))

    assert list(inspect.signature(Other).parameters) == ["name"]
    assert Other("ab").x == 2


def test_one_that_holds_itself_is_shown():
    held = []
    one = OfOne(held)
    held.append(one)
    assert repr(one).endswith("OfOne(value=[...])")


def test_standard_dataclasses_may_inherit():
    @dataclasses.dataclass(frozen=True)
    class More(Point):
        more: int = 1

    assert More(1.0, more=3) == More(1.0, more=3) != More(1.0)
    with pytest.raises(TypeError, match="non-frozen"):

        @dataclasses.dataclass
        class Changing(Point):
            more: int = 1


T = TypeVar("T")


def unusual(decorator):
    """Classes that are more than plain fields."""

    @decorator(frozen=True, slots=True)
    class Named:
        a: int
        _: dataclasses.KW_ONLY
        b: int = 2

    @decorator(frozen=True, slots=True)
    class NamedField:
        a: int
        b: int = dataclasses.field(kw_only=True)
        c: int = 3

    @decorator(frozen=True, slots=True)
    class Given:
        a: int
        more: dataclasses.InitVar[int] = 5

        def __post_init__(self, more):
            object.__setattr__(self, "a", self.a + more)

    @decorator(frozen=True, slots=True)
    class NotGiven:
        a: int
        b: int = dataclasses.field(init=False, default=7)

    @decorator(frozen=True, slots=True)
    class NotHashed:
        a: int
        b: int = dataclasses.field(hash=False, default=7)

    @decorator(frozen=True, slots=True)
    class OwnEquality:
        a: int

        def __eq__(self, other):
            return True

    @decorator(frozen=True, slots=True)
    class Self:
        self: int

    @decorator(frozen=True, slots=True)
    class Of(Generic[T]):
        a: T

    return Named, NamedField, Given, NotGiven, NotHashed, OwnEquality, Self, Of


@pytest.mark.parametrize("which", range(8))
@pytest.mark.parametrize(
    ("values", "named"), [((1,), {}), ((1, 2), {}), ((1,), {"b": 2}), ((1, 2), {"b": 2})]
)
def test_what_is_more_than_plain_fields_is_as_the_standard_one_makes_it(which, values, named):
    def made(decorator):
        cls = unusual(decorator)[which]
        try:
            one, other = cls(*values, **named), cls(1)
        except TypeError as error:
            return str(error)
        return repr(one), hash(one), one == other, hash(one) == hash(other)

    mine, standard = made(lazy_dataclasses.dataclass), made(dataclasses.dataclass)
    assert mine == standard


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


def test_the_standard_library_looks_at_the_fields_when_they_first_matter(monkeypatch):
    looked_at = []
    look = dataclasses._process_class

    def noted(cls, *rest):
        looked_at.append(cls.__name__)
        return look(cls, *rest)

    monkeypatch.setattr(dataclasses, "_process_class", noted)

    @lazy_dataclasses.dataclass(frozen=True, slots=True)
    class Pair:
        """Two."""

        first: int
        second: int = 2

    assert Pair(1).second == 2
    assert not looked_at
    assert dataclasses.is_dataclass(Pair)
    assert [one.name for one in dataclasses.fields(Pair)] == ["first", "second"]
    assert looked_at == ["Pair"]


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
