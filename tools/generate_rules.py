"""Write the table of rules in `docs/advice.md` from `greenlab.advice.rules`.

A rule's words have one home, its file. Run this after a change there:
`python tools/generate_rules.py`. A test fails while the table is stale.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "docs" / "advice.md"
sys.path.insert(0, str(ROOT))

from greenlab.advice.rule import Verify  # noqa: E402
from greenlab.advice.rules import RULES  # noqa: E402

BEGIN: Final = "<!-- rules: written by tools/generate_rules.py -->"
END: Final = "<!-- rules end -->"
HEADER: Final = "| rule | when | change | proof |\n| --- | --- | --- | --- |"
PROOF: Final[dict[Verify, str]] = {
    "V1": "same outputs",
    "V2": "your metric",
    "V3": "the GPU's power",
    "V4": "none: a projection",
}


def table() -> str:
    """The table, a row a rule."""
    rows = (f"| {r.id} | {r.when} | {r.title} | {PROOF[r.verify]} |" for r in RULES)
    return "\n".join([HEADER, *rows])


def render(page: str) -> str:
    """The page with the table as it should be.

    Raises:
        ValueError: the page has no place for it.
    """
    before, _, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{OUTPUT.name} lacks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    OUTPUT.write_text(render(OUTPUT.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {OUTPUT.relative_to(ROOT)}")
