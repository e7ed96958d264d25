"""A record's template and values by its shape, which thousands of records share.

To make a record's JSON and cut the values out of it is most of the work of keeping the record.
Here it is walked once: what is no value makes its shape, and the template of a shape is known
from the first record that had it, which `json_templates.cut` was asked about.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import groupby
from json.encoder import encode_basestring_ascii as _text
from math import isfinite
from operator import attrgetter, itemgetter
from typing import Any, Final

from greenlab.ledger import json_templates
from greenlab.ledger.json_templates import OWN, SHARED_NUMBERS, Template, Values, encode
from greenlab.record import CellRecord, Component, Figure, Intensity
from greenlab.record.jsonable import OMITTED_WHEN_EMPTY, to_dict

_MOST_SHAPES: Final = 256
_CONSTANT: Final = frozenset({str, bool, type(None), float, int})
_VALUE: Final = object()
_OMITTED: Final = object()
_FIGURE: Final = object()
_PART: Final = object()
_FIELDS: Final = tuple(one.name for one in dataclasses.fields(Figure))
"""In the order `value`, `low`, `high`, `level`, `tier`, `reason`, `lacks`."""
_figure_fields: Final = attrgetter(*_FIELDS)
_NAMES: Final = ("kind", "device", "source")
_LEAVES: Final = (
    *_NAMES,
    *(
        f"{figure.name}.{name}"
        for figure in dataclasses.fields(Component)[len(_NAMES) :]
        for name in _FIELDS
    ),
)
_leaves: Final = attrgetter(*_LEAVES)
"""All that a component consists of, at once."""


def _those(*names: str) -> itemgetter[Any]:
    """What picks the leaves with these names."""
    found = [at for at, leaf in enumerate(_LEAVES) if leaf.rpartition(".")[2] in names]
    return itemgetter(*found)


_numbers: Final = _those("value", "low", "high")
_levels: Final = _those("level")
_words: Final = _those("reason", "lacks")
_names: Final = _those(*_NAMES)
_constants: Final = _those(*_NAMES, "level", "tier")
_ALL_FLOATS: Final = {float}
_ALL_TEXTS: Final = {str}

_templates: Final[dict[tuple[Any, ...], Template]] = {}


def cut(record: CellRecord) -> tuple[Template, Values]:
    """The template of a record and its values.

    Raises:
        ValueError: a number is not finite.
    """
    shape: list[Any] = []
    values: list[Any] = []
    _walk_record(record, shape, values)
    numbers = [one for one in values if one.__class__ is float]
    if not isfinite(sum(numbers)):
        return _cut_in_full(record)
    key = tuple(shape)
    try:
        template = _templates.get(key)
    except TypeError:  # something in it is no constant
        return _cut_in_full(record)
    found = Values.of(values, numbers)
    if template is not None:
        return template, found
    template, checked = _cut_in_full(record)
    if checked.json != found.json:
        return template, checked
    if len(_templates) >= _MOST_SHAPES:
        _templates.clear()
    _templates[key] = template
    return template, found


def _cut_in_full(record: CellRecord) -> tuple[Template, Values]:
    template, values = json_templates.cut(record.to_dict())
    return template, Values.of(values, ())


def _walk_record(record: CellRecord, shape: list[Any], values: list[Any]) -> None:
    """Part what differs from run to run from what makes the template."""
    shape.append(CellRecord)
    for own, fields in _RUNS:
        if own:
            values += map(_own, fields(record))
            continue
        name, item = fields, getattr(record, fields)
        if item.__class__ is str:
            shape.append(item)
        elif item.__class__ is Figure:
            _walk_figure(item, shape, values)
        elif item.__class__ is Intensity:
            grid_shape, grid_values = _walked(item)
            shape += grid_shape
            values += grid_values
        else:
            _walk_field(name, item, shape, values)


@lru_cache(maxsize=16)
def _walked(grid: Intensity) -> tuple[list[Any], list[Any]]:
    """What all records under one grid's figure have in common."""
    shape: list[Any] = []
    values: list[Any] = []
    _walk(grid, shape, values)
    return shape, values


def _walk(one: Any, shape: list[Any], values: list[Any]) -> None:
    """The same for a part of a record."""
    names, fields = _plan(one.__class__)
    shape.append(one.__class__)
    for name, item in zip(names, fields(one), strict=True):
        if item.__class__ is Figure:
            _walk_figure(item, shape, values)
        else:
            _walk_field(name, item, shape, values)


def _walk_field(name: str, item: Any, shape: list[Any], values: list[Any]) -> None:
    kind = item.__class__
    if not item and name in OMITTED_WHEN_EMPTY:
        shape.append(_OMITTED)
    elif kind is str and name == "reason":
        values.append(_text(item))
        shape.append(_VALUE)
    elif (kind is float or kind is int) and name not in SHARED_NUMBERS:
        values.append(item if kind is float else repr(item))
        shape.append(_VALUE)
    elif kind is tuple:
        shape.append(len(item))
        for part in item:
            _walk_part(part, shape, values)
    else:
        _walk_part(item, shape, values)


def _walk_part(part: Any, shape: list[Any], values: list[Any]) -> None:
    if part.__class__ is Component and _walk_component(part, shape, values):
        return
    if part.__class__ not in _CONSTANT and dataclasses.is_dataclass(part):
        _walk(part, shape, values)
    else:
        shape += (part.__class__, part)


def _walk_component(part: Component, shape: list[Any], values: list[Any]) -> bool:
    """The same for a component as most are, in a tenth of the time; false for another one."""
    leaves = _leaves(part)
    numbers = _numbers(leaves)
    usual = (
        set(map(type, numbers)) == _ALL_FLOATS
        and set(map(type, _levels(leaves))) == _ALL_FLOATS
        and set(map(type, _names(leaves))) == _ALL_TEXTS
        and not any(_words(leaves))
    )
    if usual:
        values += numbers
        shape += (_PART, *_constants(leaves))
    return usual


def _walk_figure(figure: Figure, shape: list[Any], values: list[Any]) -> None:
    """The same for the figure that most are, in a fifth of the time."""
    value, low, high, level, tier, reason, lacks = _figure_fields(figure)
    whole = value.__class__ is low.__class__ is high.__class__ is level.__class__ is float
    if not whole or lacks:
        _walk(figure, shape, values)
        return
    values += (value, low, high)
    if reason:
        values.append(_text(reason))
    shape += (_FIGURE, level, tier, bool(reason))


def _own(item: Any) -> Any:
    """A field that is cut out whole: as JSON, a number with a fraction as it is."""
    kind = item.__class__
    if item is None:
        return "null"
    if kind is str:
        return _text(item)
    if kind is float:
        return item
    if item == ():
        return "[]"
    return repr(item) if kind is int else encode(to_dict(item))


@cache
def _plan(cls: Any) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """The names of a dataclass's fields, and what gives all of them at once."""
    names = tuple(one.name for one in dataclasses.fields(cls))
    if len(names) > 1:
        return names, attrgetter(*names)
    return names, lambda one: tuple(getattr(one, name) for name in names)


def _runs() -> list[tuple[bool, Any]]:
    """A record's fields in their order: those that are cut out whole, together as long as they
    follow each other, and the names of the others.
    """
    names = (one.name for one in dataclasses.fields(CellRecord))
    found: list[tuple[bool, Any]] = []
    for own, run in groupby(names, OWN.__contains__):
        together = tuple(run)
        if own and len(together) > 1:
            found.append((True, attrgetter(*together)))
        elif own:
            found += [(True, lambda one, name=name: (getattr(one, name),)) for name in together]
        else:
            found += [(False, name) for name in together]
    return found


_RUNS: Final = _runs()
