"""What another process asks a kernel for, as JSON (see `greenlab run`)."""

from __future__ import annotations

import json

from greenlab.notebook import extension
from greenlab.notebook.per_unit import not_counted
from greenlab.record import to_dict


def snapshot_json(after_id: str | None = None, settle_s: float = 0.0) -> str:
    """Records newer than the one named (all without a name), advice and warnings that stand,
    and what `--per` could not count.

    `settle_s`: seconds to wait at most for advice that is still being written.

    Raises:
        RuntimeError: the extension is not loaded in this kernel.
    """
    loaded = extension.current()
    if loaded is None:
        raise RuntimeError("greenlab is not loaded in this kernel: run %load_ext greenlab")
    if settle_s:
        loaded.adviser.settle(settle_s)
    records = list(loaded.session.recent)
    ids = [record.id for record in records]
    if after_id in ids:
        records = records[ids.index(after_id) + 1 :]
    return json.dumps(
        {
            "records": to_dict(records),
            "advice": to_dict(loaded.advice),
            "warnings": [*loaded.session.warnings(), *not_counted],
        }
    )
