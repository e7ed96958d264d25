"""Measures what only a real NVIDIA GPU can tell, in about ten minutes.

    python benchmarks/gpu/run.py [PART ...] [--gpu 0] [--out gpu-results.json]

Needs NVIDIA's driver, a Volta or later GPU that nothing else uses, and torch with CUDA. Writes
the recorded traces and the tables as JSON, and the tables beside it as Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from benchmarks.gpu.parts import PARTS, Bench, shown
from benchmarks.machine import described

ROOT = Path(__file__).parent.parent.parent
SCHEMA = "greenlab.gpu-benchmark/1"


class NoGpu(Exception):  # noqa: N818  it is an answer, not a fault
    """Why this machine cannot run the benchmark, and what it needs."""


def open_gpu(index: int) -> Bench:
    """The GPU with NVML's index.

    Raises:
        NoGpu: there is none, or it has no energy counter.
    """
    try:
        import pynvml
    except ImportError:
        raise NoGpu("the module pynvml is missing: pip install nvidia-ml-py") from None
    try:
        pynvml.nvmlInit()
        handle = pynvml.nvmlDeviceGetHandleByIndex(index)
        pynvml.nvmlDeviceGetTotalEnergyConsumption(handle)
    except pynvml.NVMLError as error:
        raise NoGpu(f"GPU {index} cannot be measured: {error}") from None
    return Bench(pynvml, handle)


def check_torch() -> None:
    """Whether torch can use the GPU, asked in another process: this one must not use it yet.

    Raises:
        NoGpu: it cannot.
    """
    ask = "import sys, torch; sys.exit(not torch.cuda.is_available())"
    if subprocess.run([sys.executable, "-c", ask], check=False).returncode:
        raise NoGpu("torch cannot use the GPU: install it with CUDA, see https://pytorch.org")


def about(bench: Bench) -> dict[str, Any]:
    """The GPU, its driver and the machine."""
    nvml, handle = bench.nvml, bench.handle
    return {
        "gpu": nvml.nvmlDeviceGetName(handle),
        "driver": nvml.nvmlSystemGetDriverVersion(),
        "machine": described(),
        "date": time.strftime("%Y-%m-%d"),
    }


def main() -> int:
    """Measure, write the two files; 2 where it cannot be done here."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (all)")
    parser.add_argument("--gpu", type=int, default=0, help="NVML's index of the GPU (0)")
    parser.add_argument("--out", type=Path, default=Path("gpu-results.json"))
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # so that torch counts as NVML does
    os.environ["CUDA_VISIBLE_DEVICES"] = str(chosen.gpu)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    try:
        measure(chosen.parts or list(PARTS), chosen.gpu, chosen.out)
    except NoGpu as why:
        print(f"Nothing was measured: {why}.", file=sys.stderr)
        return 2
    return 0


def measure(names: list[str], gpu: int, out: Path) -> None:
    """Run the parts in their order; what is done is written after each."""
    bench = open_gpu(gpu)
    check_torch()
    told = about(bench)
    results: dict[str, Any] = {}
    texts = [f"{told['gpu']}, driver {told['driver']}; {told['machine']}\n"]
    print(texts[0])
    for name in (name for name in PARTS if name in names):
        part = PARTS[name]
        rows = part.measure(bench)
        results[name] = {"heads": part.heads, "rows": rows}
        texts.append(shown(part, rows))
        print(texts[-1], flush=True)
        document = {"schema": SCHEMA, **told, "results": results, "traces": bench.traces}
        out.write_text(json.dumps(document))
        out.with_suffix(".md").write_text("\n".join(texts))


if __name__ == "__main__":
    sys.exit(main())
