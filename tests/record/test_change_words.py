from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from greenlab.record.change_words import edited_text
from greenlab.record.documents import Edited


def edit(ratio, **more):
    known = Edited("a", "new", "old", 100, 100 * ratio, ratio, ratio, ratio, 1, 1, True, False,
                   "assumed")  # fmt: skip
    return edited_text(dataclasses.replace(known, **more))


def test_what_an_edit_changed():
    assert edit(0.62) == "this edit: -38 %, 1 run each, not certain yet"
    assert edit(1.2, before_runs=3) == (
        "this edit: +20 % (+20 % to +20 %), 3 runs before, 1 after, not certain yet"
    )
    assert edit(3.5) == "this edit: 3.5× as much, 1 run each, not certain yet"
    assert edit(0.002) == "this edit: -99.8 %, 1 run each, not certain yet"
    assert edit(0.0001).startswith("this edit: -99.9 %")
    assert edit(0.16, wide=True) == "this edit: -84 %, 1 run each, not certain yet"


EDITS = json.loads(
    (Path(__file__).parent.parent / "edit_cases.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(("changes", "text"), EDITS)
def test_an_edit_is_described_as_on_the_page(changes, text):
    assert edit(**changes) == text
