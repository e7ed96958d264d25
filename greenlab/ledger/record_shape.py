"""A record's template and values by its shape, which thousands of records share.

To make a record's JSON and cut the values out of it is most of the work of keeping the record.
Here it is walked once: what is no value makes its shape, and the template of a shape is known
from the first record that had it, which `json_templates.cut` was asked about.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from json.encoder import encode_basestring_ascii as _text
from math import isfinite
from operator import attrgetter
from typing import Any, Final

from greenlab.ledger import json_templates
from greenlab.ledger.json_templates import OWN, SHARED_NUMBERS, Template, encode
from greenlab.record import CellRecord, Figure
from greenlab.record.jsonable import OMITTED_WHEN_EMPTY, to_dict

_MOST_SHAPES: Final = 256
_CONSTANT: Final = frozenset({str, bool, type(None), float, int})
_VALUE: Final = object()
_OMITTED: Final = object()
_FIGURE: Final = object()
_figure_fields: Final = attrgetter(*(one.name for one in dataclasses.fields(Figure)))
"""In the order `value`, `low`, `high`, `level`, `tier`, `reason`, `lacks`."""

_templates: Final[dict[tuple[Any, ...], Template]] = {}


def cut(record: CellRecord) -> tuple[Template, list[str]]:
    """The template of a record and its values, each as JSON.

    Raises:
        ValueError: a number is not finite.
    """
    shape: list[Any] = []
    values: list[Any] = []
    _walk(record, shape, values, OWN)
    numbers = [one for one in values if one.__class__ is float]
    if not isfinite(sum(numbers)):
        return json_templates.cut(record.to_dict())
    texts = [repr(one) if one.__class__ is float else one for one in values]
    key = tuple(shape)
    try:
        template = _templates.get(key)
    except TypeError:  # something in it is no constant
        return json_templates.cut(record.to_dict())
    if template is not None:
        return template, texts
    template, checked = json_templates.cut(record.to_dict())
    if checked == texts:
        if len(_templates) >= _MOST_SHAPES:
            _templates.clear()
        _templates[key] = template
    return template, checked


def _walk(one: Any, shape: list[Any], values: list[Any], own: frozenset[str]) -> None:
    """Part what differs from run to run from what makes the template."""
    names, fields = _plan(one.__class__)
    shape.append(one.__class__)
    for name, item in zip(names, fields(one), strict=True):
        kind = item.__class__
        if name in own:
            values.append(_own(item))
        elif kind is Figure:
            _walk_figure(item, shape, values)
        elif not item and name in OMITTED_WHEN_EMPTY:
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
    if part.__class__ not in _CONSTANT and dataclasses.is_dataclass(part):
        _walk(part, shape, values, _NOTHING)
    else:
        shape += (part.__class__, part)


_NOTHING: Final[frozenset[str]] = frozenset()


def _walk_figure(figure: Figure, shape: list[Any], values: list[Any]) -> None:
    """The same for the figure that most are, in a fifth of the time."""
    value, low, high, level, tier, reason, lacks = _figure_fields(figure)
    whole = value.__class__ is low.__class__ is high.__class__ is level.__class__ is float
    if not whole or lacks:
        _walk(figure, shape, values, _NOTHING)
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
    return repr(item) if kind is int else encode(to_dict(item))


@cache
def _plan(cls: Any) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """The names of a dataclass's fields, and what gives all of them at once."""
    names = tuple(one.name for one in dataclasses.fields(cls))
    if len(names) > 1:
        return names, attrgetter(*names)
    return names, lambda one: tuple(getattr(one, name) for name in names)
