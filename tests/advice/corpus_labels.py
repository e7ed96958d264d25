"""What was measured of the corpus: `corpus/<rule>/labels.json`, written by
`benchmarks/advice.py measure` and by nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from tests.advice.corpus_cases import CORPUS, Case

# A change saves when all of the interval is below, and harms when all of it is above.
SAVES_BELOW: Final = 0.95
HARMS_ABOVE: Final = 1.05
# A metric that is the same but for rounding has not dropped.
ROUNDING: Final = 1e-6

Outcome = Literal["saves", "none", "harms"]


@dataclass(frozen=True, slots=True)
class Label:
    """One change, measured: CPU seconds after over before, with the 95 % interval.

    `duration_ratio`: the same of the time taken, the median of the pairs, for information.
    `energy_ratio`: of the energy, where a counter measured it; else `energy_reason`.
    `metric_drop`: the metric before less that after; `None` without a metric.
    """

    digest: str
    outcome: Outcome
    ratio: float
    low: float
    high: float
    pairs: int
    before_s: float
    after_s: float
    duration_ratio: float
    energy_ratio: float | None
    energy_reason: str | None
    metric_before: float | None
    metric_after: float | None
    metric_drop: float | None
    by_rule: bool
    machine: str
    date: str
    versions: Mapping[str, str]

    @property
    def saving(self) -> float:
        """The measured saving, as a fraction of the cell's CPU time."""
        return 1.0 - self.ratio


def outcome(low: float, high: float, drop: float | None, max_drop: float) -> Outcome:
    """What a measurement says of a change."""
    lost = drop is not None and not drop <= max_drop + ROUNDING  # nan is lost
    if lost or low > HARMS_ABOVE:
        return "harms"
    return "saves" if high < SAVES_BELOW else "none"


def load() -> dict[str, Label]:
    """Every label by the name of its case."""
    found = {}
    for path in sorted(CORPUS.glob("*/labels.json")):
        for name, label in json.loads(path.read_text("utf-8")).items():
            found[f"{path.parent.name}/{name}"] = Label(**label)
    return found


def save(case: Case, label: Label) -> None:
    """Write one label; those of cases that are gone go as well."""
    path = _path(case)
    table = json.loads(path.read_text("utf-8")) if path.exists() else {}
    table[case.path.stem] = asdict(label)
    kept = {name: one for name, one in table.items() if (path.parent / f"{name}.py").exists()}
    path.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", "utf-8")


def _path(case: Case) -> Path:
    return case.path.parent / "labels.json"
