"""A cell's identity: the same cases as the panel's, which tells edited cells by it."""

import json
from pathlib import Path

import pytest

from greenlab.cellcode.source_hash import source_hash

CASES = json.loads(
    (Path(__file__).parents[1] / "source_hash_cases.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_source_hash(source, expected):
    assert source_hash(source) == expected
