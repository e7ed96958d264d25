"""Run a case as a kernel would and look at it, each time in a process of its own.

Importing torch or transformers takes seconds, so the cases are forked from a process that has
imported what those before needed: `Nurseries` keeps one with torch and one without. It speaks
JSON, a line a request. Importing this module loads none of those libraries.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib
import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import types
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from greenlab.advice import Finding, Signals, detect, write
from greenlab.advice.signals import crowding
from greenlab.cellcode.ipython_syntax import mask
from greenlab.record import Advice, Figure
from tests.advice.corpus_cases import Case, imports, parse
from tests.advice.corpus_forms import FORMS, HIDING

LIMIT_S: Final = 60.0
NEED_TORCH: Final = frozenset({"torch", "transformers"})
# One thread each: a second one that waits for work counts as CPU time. No network.
ENVIRONMENT: Final = {
    **dict.fromkeys(
        ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"),
        "1",
    ),
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONHASHSEED": "0",
    "PYTHONWARNINGS": "ignore",
}


WHERE: Final[dict[str, Any]] = {
    "cell_id": "c1", "cell_index": 0, "execution_count": 1, "source_hash": "0" * 16, "min_s": 0.0,
}  # fmt: skip


class CaseFailed(Exception):
    """A case's own code raised; the message is its traceback."""


def fresh(case: Case) -> dict[str, Any]:
    """The variables after the setup, in a module that stands for the notebook's."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    seed()
    for setup in case.setups:
        execute(setup, vars(module), f"{case.name} setup")
    return vars(module)


def execute(source: str, namespace: dict[str, Any], name: str) -> None:
    """Execute a cell; IPython's own lines do nothing."""
    masked = mask(source)
    assert masked is not None, source
    namespace.update({f"{masked.stand_in}{n}_": 0 for n in range(len(masked.hidden))})
    exec(compile(masked.text, f"<{name}>", "exec"), namespace)


def seed() -> None:
    """The same random numbers each time, from every library that is loaded."""
    import random

    random.seed(0)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(0)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)


def look(case: Case, text: str | None = None) -> dict[str, Any]:
    """Run the cell, or another text in its place, and say what is found in it.

    The forms of the cell are looked at only for the cell itself.
    """
    source = case.cell if text is None else text
    namespace = fresh(case)
    spent, waited, at = _cpu_s(), _queued_s(), time.perf_counter()
    execute(source, namespace, case.name)
    # A busy machine makes a cell wait for its turn; a user's wait is not meant by that.
    duration = time.perf_counter() - at - (_queued_s() - waited)
    cpu_s = _cpu_s() - spent
    signals = replace(
        Signals(
            max(duration, cpu_s / (os.cpu_count() or 1), 1e-6),
            _unknown(),
            cpu_s=cpu_s,
            crowding=crowding(),
        ),
        **case.signals,
    )
    began = time.thread_time()
    findings = detect(source, namespace, signals, **WHERE)
    detect_s = time.thread_time() - began
    found = write(findings)
    forms = {}
    if text is None:
        for name, form in FORMS.items():
            other, names = form(source, namespace, case.setups)
            seen = detect(other, names, signals, **WHERE)
            # Where the code stands elsewhere, only what is found is asked for: writing is slow.
            shown = in_short(seen) if name in HIDING else brief(write(seen))
            forms[name] = {"source": other, "found": shown}
    return {
        "cpu_s": cpu_s,
        "detect_s": detect_s,
        "found": [asdict(one) for one in found],
        "brief": brief(found),
        "forms": forms,
    }


def in_short(findings: Iterable[Finding]) -> list[list[Any]]:
    """Which rules would be shown, before any change is written."""
    return sorted([one.rule.id, False] for one in findings if not one.listed)


def brief(found: tuple[Advice, ...]) -> list[list[Any]]:
    """Which rules would be shown, and which of them wrote a change."""
    return sorted([one.rule, one.change is not None] for one in found if one.status == "shown")


class Nurseries:
    """The processes from which cases are forked; close them at the end."""

    def __init__(self) -> None:
        self._open: dict[bool, subprocess.Popen[str]] = {}

    def look(self, case: Case, text: str | None = None) -> dict[str, Any]:
        """`look` in a process of its own.

        Raises:
            CaseFailed: the case's code raised, or did not end in time.
        """
        key = not NEED_TORCH.isdisjoint(case.needs)
        if key not in self._open:
            self._open[key] = subprocess.Popen(
                [sys.executable, __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, **ENVIRONMENT},
            )
        process = self._open[key]
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps({"path": str(case.path), "text": text}) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            self._open.pop(key)
            raise CaseFailed(f"{case.name}: its libraries could not be imported")
        said: dict[str, Any] = json.loads(answer)
        if "error" in said:
            raise CaseFailed(f"{case.name}: {said['error']}")
        return said

    def close(self) -> None:
        """End them all."""
        for process in self._open.values():
            assert process.stdin and process.stdout
            process.stdin.close()
            process.stdout.close()
            process.wait(10)
        self._open.clear()


def _serve() -> None:
    answers = os.fdopen(os.dup(1), "w")
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    import libcst  # noqa: F401  what writes a change, once for all

    for line in sys.stdin:
        asked = json.loads(line)
        case = parse(Path(asked["path"]))
        for node in imports(case):
            with contextlib.suppress(Exception):  # the case itself will say what is wrong
                exec(ast.unparse(node), {})
        said = json.loads(_forked(case, asked["text"]))
        for name in said.pop("loaded", ()):  # so that the next case finds it here
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        gc.collect()
        gc.freeze()  # a collection in a child would copy all of it
        answers.write(json.dumps(said) + "\n")
        answers.flush()


def _forked(case: Case, text: str | None) -> str:
    receive, send = os.pipe()
    folder = tempfile.mkdtemp(prefix="greenlab-case-")
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        os.close(receive)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.chdir(folder)
        try:
            known = set(sys.modules)
            said = look(case, text)
            answer = json.dumps(
                {**said, "loaded": [*(m for m in sys.modules if m not in known)]}
            )
        except BaseException:
            answer = json.dumps({"error": traceback.format_exc(limit=-4)})
        with os.fdopen(send, "w") as pipe:
            pipe.write(answer)
        os._exit(0)
    os.close(send)
    with os.fdopen(receive, "rb") as pipe:
        said, end = b"", time.monotonic() + LIMIT_S
        while select.select([pipe], [], [], max(0.0, end - time.monotonic()))[0]:
            if not (part := os.read(pipe.fileno(), 65536)):
                break
            said += part
        else:
            said = json.dumps({"error": f"not done after {LIMIT_S:g} s"}).encode()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what it started, too
    os.waitpid(child, 0)
    shutil.rmtree(folder, ignore_errors=True)
    return said.decode() or json.dumps({"error": "the process died"})


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _queued_s() -> float:
    """Seconds this thread was ready and had to wait for a processor; 0 where not told."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def _unknown() -> Figure:
    return Figure.missing("not asked for")


if __name__ == "__main__":
    _serve()
