"""The table of rules in the docs says what the rules say."""

import importlib.util
from pathlib import Path

from greenlab.advice.rules import RULES

ROOT = Path(__file__).resolve().parent.parent.parent


def generator():
    spec = importlib.util.spec_from_file_location(
        "generate_rules", ROOT / "tools" / "generate_rules.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_what_the_generator_writes():
    page = (ROOT / "docs" / "advice.md").read_text(encoding="utf-8")
    assert page == generator().render(page), "stale: run `python tools/generate_rules.py`"


def test_no_cell_of_the_table_breaks_it():
    rows = generator().table().split("\n")
    assert len(rows) == len(RULES) + 2
    assert {row.count("|") for row in rows} == {5}
