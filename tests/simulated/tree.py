"""A powercap tree in a folder, its counters rewritten every millisecond in real time."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path


class ServedTree:
    """Packages of constant power below `root`/sys. The truth between two values of
    `time.monotonic()` is `energy_j`. `late_s`: the longest time between two writes so far,
    which a busy machine stretches. The counters stop while `stalled` is set."""

    def __init__(self, root: Path | str, watts: float = 40.0, packages: int = 1) -> None:
        self.root, self.watts = Path(root), watts
        self._stop = threading.Event()
        self.stalled = threading.Event()
        self._files: list[int] = []
        self._wrote_at: float | None = None
        self.late_s = 0.0
        for index in range(packages):
            zone = self.root / f"sys/class/powercap/intel-rapl:{index}"
            zone.mkdir(parents=True, exist_ok=True)
            (zone / "name").write_text(f"package-{index}\n")
            (zone / "max_energy_range_uj").write_text("262143328850\n")
            (zone / "constraint_0_power_limit_uw").write_text(f"{int(watts * 2e6)}\n")
            self._files.append(os.open(zone / "energy_uj", os.O_RDWR | os.O_CREAT, 0o644))
        self._write()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def energy_j(self, begun: float, ended: float) -> float:
        """Joules of one package."""
        return self.watts * (ended - begun)

    def _write(self) -> None:
        # One write of a fixed width: a reader sees the old number or the new one.
        now = time.monotonic()
        text = b"%018d\n" % int(now * self.watts * 1e6 % 262_143_328_850)
        for fd in self._files:
            os.pwrite(fd, text, 0)
        done = time.monotonic()
        if self._wrote_at is not None:
            self.late_s = max(self.late_s, done - self._wrote_at)
        self._wrote_at = now

    def _run(self) -> None:
        while not self._stop.wait(0.001):
            if not self.stalled.is_set():
                self._write()

    def __enter__(self) -> ServedTree:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for fd in self._files:
            os.close(fd)


if __name__ == "__main__":
    with ServedTree(sys.argv[1]):
        print(f"export GREENLAB_SYSROOT={sys.argv[1]}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass
