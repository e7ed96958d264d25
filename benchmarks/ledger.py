"""How quick and small a ledger of many records is.

Makes a ledger of so many records as greenlab's own, of two years of work: some notebooks a day,
some kernels each, cells with spans inside them and time between. Then asks it what users ask:

    python benchmarks/ledger.py [RECORDS] [--keep FILE]

Times are those of the commands, from their start to their end.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.machine import described
from greenlab import measure
from greenlab.ledger import schema
from greenlab.ledger.record_rows import Writer, row
from greenlab.record import CellRecord, Figure

BATCH = 5000
START = datetime(2025, 1, 6, 8, tzinfo=UTC)
KERNEL_RECORDS = 60
DAY_KERNELS = 25
NOTEBOOKS = 40
PEAK = """
import resource, sys
from greenlab.cli import main
code = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def records(count: int) -> Iterator[CellRecord]:
    """Records like those of this machine, with other numbers and names."""
    with measure("sample") as sample:
        sum(range(10**6))
    model = sample.record
    assert model is not None
    chance = random.Random(1)
    for number in range(count):
        kernel, place = divmod(number, KERNEL_RECORDS)
        day, of_day = divmod(kernel, DAY_KERNELS)
        begin = START + timedelta(days=day, minutes=20 * of_day, seconds=18 * place)
        inner = place % 6 == 5
        holder = f"{number - place % 6:032x}" if inner else None
        yield replace(
            _varied(model, chance),
            id=f"{number:032x}",
            kernel_id=f"{kernel:032x}",
            notebook=f"/home/ada/projects/study-{kernel % NOTEBOOKS:02}/analysis.ipynb",
            cell_id=None if inner else f"{chance.getrandbits(128):032x}",
            execution_count=None if inner else place,
            source_hash=f"{chance.getrandbits(64):016x}",
            name="fit" if inner else None,
            kind="span" if inner else "between" if place % 6 == 3 else "cell",
            status="error" if place % 29 == 7 else "ok",
            started_at=begin.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            parent_id=holder,
            counted_in=holder,
        )


def _varied(model: CellRecord, chance: random.Random) -> CellRecord:
    """The same with its numbers between a half and one and a half times what they were."""
    factor = chance.uniform(0.5, 1.5)

    def varied(figure: Figure) -> Figure:
        return figure.scaled(factor * chance.uniform(0.99, 1.01))

    components = tuple(
        replace(
            part,
            energy_j=varied(part.energy_j),
            host_energy_j=varied(part.host_energy_j),
            active_j=varied(part.active_j),
            idle_j=varied(part.idle_j),
        )
        for part in model.components
    )
    return replace(
        model,
        components=components,
        energy_j=varied(model.energy_j),
        host_energy_j=varied(model.host_energy_j),
        emissions_g=varied(model.emissions_g),
        duration_s=18 * factor / 2,
        cpu_s=factor,
    )


def make(path: Path, count: int) -> float:
    """A ledger of so many records; seconds for each of them."""
    connection = schema.connect(path)
    start = time.perf_counter()
    writer = Writer(connection)
    for number, record in enumerate(records(count)):
        if number % BATCH == 0:
            connection.execute("BEGIN IMMEDIATE")
        writer.put(row(record))
        if number % BATCH == BATCH - 1 or number == count - 1:
            writer.finish()
            connection.execute("COMMIT")
    seconds = time.perf_counter() - start
    connection.close()
    return seconds / count


def command(path: Path, *words: str) -> tuple[float, float, float]:
    """Seconds that a command takes, of the processor too, and MB of memory at its peak."""
    start, used = time.perf_counter(), _used_s()
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *words],
        env=os.environ | {"GREENLAB_LEDGER": str(path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - start
    return seconds, _used_s() - used, int(done.stderr.split()[-1]) / 1024


def _used_s() -> float:
    """Processor seconds of the commands so far: what other programs disturb little."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Make one, ask it, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("records", type=int, nargs="?", default=100_000)
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep the ledger")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = args.keep or Path(folder) / "ledger.sqlite"
        if not path.exists():
            each = make(path, args.records)
            print(f"made in {1e6 * each:.0f} us a record", file=sys.stderr)
        size = path.stat().st_size / args.records
        print(f"{described()}; {args.records:,} records\n")
        print("| what | time | CPU time | peak memory |")
        print("| --- | --- | --- | --- |")
        for words in (["report"], ["report", "--since", "2025-01-20T12:00"], ["card"]):
            seconds, used, peak = command(path, *words)
            what = " ".join(words)
            print(f"| {what} | {seconds:.2f} s | {used:.2f} s | {peak:.0f} MB |", flush=True)
        for form in ("jsonl", "csv", "codecarbon"):
            out = Path(folder) / "out"
            seconds, used, peak = command(path, "export", "--format", form, "-o", str(out))
            rates = (f"{took:.1f} s, {args.records / took:,.0f}/s" for took in (seconds, used))
            print(f"| export {form} | {' | '.join(rates)} | {peak:.0f} MB |", flush=True)
        print(f"| size of a record | {size:,.0f} B | | |")


if __name__ == "__main__":
    main()
