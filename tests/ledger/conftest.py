import itertools
from datetime import UTC, datetime

import pytest

from greenlab.ledger import Ledger
from greenlab.record import CellRecord, Component, Figure, Intensity

FRANCE = Intensity(56.0, "FR", "France", "a table", 2023, "modelled")
_ids = itertools.count()


def figure(value, *, tier="measured", spread=0.1):
    return Figure.within(
        value, value * (1 - spread), value * (1 + spread), level=0.95, tier=tier
    )


def record(**changes):
    """A whole record; any field can be changed."""
    number = next(_ids)
    energy = changes.pop("energy_j", figure(3.6e6))
    part = Component("cpu", "package 0", "rapl", energy, energy, figure(1.0), figure(1.0))
    fields = {
        "id": f"record-{number:06}",
        "kernel_id": "kernel-1",
        "host": "lab",
        "notebook": "/home/ada/analysis.ipynb",
        "cell_id": "cell-a",
        "execution_count": number,
        "source_hash": "abc",
        "name": None,
        "started_at": datetime.fromtimestamp(1_790_000_000 + number, UTC).isoformat(),
        "duration_s": 2.0,
        "status": "ok",
        "energy_j": energy,
        "host_energy_j": energy,
        "components": (part,),
        "emissions_g": figure(56.0, tier="modelled"),
        "intensity": FRANCE,
        "cpu_s": 1.5,
    }
    return CellRecord(**(fields | changes))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "ledger.sqlite"


@pytest.fixture
def ledger(path):
    kept = Ledger(path)
    yield kept
    kept.close()
