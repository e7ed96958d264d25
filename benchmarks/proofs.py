"""Real proofs on a machine that others use: what they find, and after how many runs.

    python benchmarks/proofs.py                 # 50 proofs of each saving, all cores loaded
    python benchmarks/proofs.py --proofs 10 --loaders 0

Other processes load every core meanwhile. A cell is compared with itself, and with one that
does half of its work; what should come of it is known.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from greenlab.proof import CodeVersion, Proof, Terms
from greenlab.record import Verdict

ROUNDS = 1_500_000
"""Some 0.1 s of processor time."""
CELL = "total = 0\nfor i in range({rounds}):\n    total += i * i"


@dataclass(frozen=True)
class Found:
    """What many proofs of one saving found; the last three in the middle of them."""

    saving: float
    proofs: int
    verified: float
    rejected: float
    runs: float
    duration_s: float
    others: float


def load() -> None:
    """Keep one core busy, with spells in which it is idle, for ever."""
    began = time.monotonic()
    while True:
        while (time.monotonic() - began) % 5.0 < 4.5:
            sum(i * i for i in range(20_000))
        time.sleep(0.1)


@contextmanager
def loaded(processes: int) -> Iterator[None]:
    """So many processes that load a core each."""
    context = multiprocessing.get_context("spawn")
    started = [context.Process(target=load, daemon=True) for _ in range(processes)]
    for one in started:
        one.start()
    try:
        yield
    finally:
        for one in started:
            one.kill()
            one.join()


def prove(saving: float, rounds: int = ROUNDS) -> tuple[Verdict, int]:
    """One proof of a saving that is known; how many runs it took."""
    before = CodeVersion.of(CELL.format(rounds=rounds))
    after = CodeVersion.of(CELL.format(rounds=round(rounds * (1 - saving))))
    verdict = Proof(before, after, {}, Terms()).run()
    return verdict, 2 + 2 * verdict.pairs


def many(saving: float, proofs: int, rounds: int = ROUNDS) -> Found:
    """So many proofs of a saving."""
    found = [prove(saving, rounds) for _ in range(proofs)]
    statuses = [verdict.status for verdict, _ in found]
    notes = [verdict.note or "" for verdict, _ in found]
    return Found(
        saving,
        proofs,
        statuses.count("verified") / proofs,
        statuses.count("rejected") / proofs,
        statistics.median(runs for _, runs in found),
        statistics.median(verdict.duration_s or 0.0 for verdict, _ in found),
        sum("other programs kept" in note for note in notes) / proofs,
    )


def main() -> None:
    """Print a line for each saving."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--proofs", type=int, default=50)
    parser.add_argument("--loaders", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--savings", type=float, nargs="*", default=[0.0, 0.5])
    options = parser.parse_args()
    print(f"{options.loaders} processes load {os.cpu_count()} cores")
    with loaded(options.loaders):
        for saving in options.savings:
            one = many(saving, options.proofs)
            print(
                f"saving {one.saving:4.0%}: {one.proofs} proofs, verified {one.verified:.0%}, "
                f"rejected {one.rejected:.0%}, median {one.runs:g} runs in "
                f"{one.duration_s:.1f} s, busy machine told in {one.others:.0%}",
                flush=True,
            )


if __name__ == "__main__":
    main()
