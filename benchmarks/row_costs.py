"""What pandas takes per call and row here, beside what rule P01 takes as least.

python -m benchmarks.row_costs
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks.machine import described
from greenlab.advice.analysis.pandas.quadratic_concat import CALL_S
from greenlab.advice.rules.p01_row_loops import ROW_S
from greenlab.host.machine_pace import LOOP_S, loop_s


def best_s(work: Callable[[], object], times: int) -> float:
    """Processor seconds of one of so many, in the best of ten runs."""
    runs = []
    for _ in range(10):
        begin = time.thread_time()
        work()
        runs.append(time.thread_time() - begin)
    return min(runs) / times


def main() -> None:
    """Print each cost, the rules' own, and their ratio."""
    one = pd.DataFrame([{"step": 1, "loss": 0.5, "name": "a"}])
    table = pd.DataFrame({"price": np.linspace(0, 1, 20_000), "count": np.arange(20_000)})
    short = table.head(2_000)
    row = short.iloc[0]
    costs = {
        "concat, a call": (
            best_s(lambda: [pd.concat([one, one]) for _ in range(50)], 50),
            CALL_S,
        ),
        "itertuples, a row": (
            best_s(lambda: [0 for _ in table.itertuples()], len(table)),
            ROW_S["itertuples"][0],
        ),
        "iterrows, a row": (
            best_s(lambda: [0 for _ in short.iterrows()], len(short)),
            ROW_S["iterrows"][0],
        ),
        "iterrows, a look": (
            best_s(lambda: [row["price"] for _ in range(5_000)], 5_000),
            ROW_S["iterrows"][1],
        ),
        "apply, a row": (
            best_s(lambda: short.apply(lambda _: 0, axis=1), len(short)),
            ROW_S["apply"][0],
        ),
        "labels, a look": (
            best_s(lambda: [table.loc[i, "price"] for i in range(2_000)], 2_000),
            ROW_S["range"][1],
        ),
    }
    print(described())
    print(f"pace {loop_s() / LOOP_S:.2f}: a round of the loop takes {1e9 * loop_s():.0f} ns")
    for name, (here_s, least_s) in costs.items():
        ratio = here_s / least_s
        print(f"{name:18} {1e6 * here_s:7.2f} µs   least {1e6 * least_s:5.2f}   {ratio:.2f}")


if __name__ == "__main__":
    main()
