"""The types that all parts of greenlab share: figures, records, documents, messages.

The schema is written here once. JSON goes in and out through `to_dict` and
`from_dict`; the TypeScript types in `src/types.ts` are generated from these
classes by `tools/generate_types.py`.
"""

from greenlab.record.cell import BackgroundUse, CellRecord, Component, Intensity, Repeat
from greenlab.record.documents import (
    Advice,
    AdviceList,
    Change,
    DoctorReport,
    Place,
    Run,
    Saving,
    SensorStatus,
)
from greenlab.record.figure import Figure, Tier, worst
from greenlab.record.figure_sum import total
from greenlab.record.jsonable import from_dict, to_dict
from greenlab.record.proof_progress import Effort, Progress
from greenlab.record.unit_counts import UnitCount, UnitTotal
from greenlab.record.verdict import (
    Agreement,
    Proven,
    Quality,
    Verdict,
    hardware,
)

__all__ = [
    "Advice",
    "AdviceList",
    "Agreement",
    "BackgroundUse",
    "CellRecord",
    "Change",
    "Component",
    "DoctorReport",
    "Effort",
    "Figure",
    "Intensity",
    "Place",
    "Progress",
    "Proven",
    "Quality",
    "Repeat",
    "Run",
    "Saving",
    "SensorStatus",
    "Tier",
    "UnitCount",
    "UnitTotal",
    "Verdict",
    "from_dict",
    "hardware",
    "to_dict",
    "total",
    "worst",
]
