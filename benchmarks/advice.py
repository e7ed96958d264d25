"""Judge the advice on the corpus, `tests/advice/corpus`.

    python benchmarks/advice.py measure [RULE ...] [--missing] [--pairs 6]
    python benchmarks/advice.py score [RULE ...]

measure: runs each case's cell against its change in interleaved pairs, six at least, and
writes what came of it into `labels.json` beside the case. With `--missing`, only what is new
or changed. The change is the one the rule writes; where it writes none, the one in the case.

score: what the rules find in the cells, against those labels, and beside it what two
simpler advisers would have said of the same cells (`benchmarks/advice_baselines.py`).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.machine import described
from tests.advice.corpus_cases import Case, cases
from tests.advice.corpus_labels import Label, outcome, save
from tests.advice.corpus_run import ENVIRONMENT, ROOT, CaseFailed
from tests.advice.corpus_score import Judge


def measure(rules: list[str], *, missing: bool, pairs: int) -> int:
    """Measure, write and print; the number of cases that could not be measured."""
    judge, failed = Judge(), 0
    for case in cases(*rules):
        try:
            print(
                f"{case.name:32} {measured(case, judge, missing=missing, pairs=pairs)}",
                flush=True,
            )
        except CaseFailed as error:
            failed += 1
            print(f"{case.name:32} FAILED {error}", flush=True)
    judge.nurseries.close()
    return failed


def measured(case: Case, judge: Judge, *, missing: bool, pairs: int) -> str:
    """Measure one case if need be, and say in words what came of it.

    Raises:
        CaseFailed: its code raised.
    """
    if why := case.missing():
        return f"skipped: {why}"
    if case.cited:
        return "cited: cannot be measured here"
    if case.state == "fixed":
        return "fixed: nothing to change"
    judged = judge.judge(case)
    if judged.change is None:
        raise CaseFailed("the rule writes no change: write `# %% change`")
    if missing and judged.label:
        return "measured before"
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "advice_pairs.py")],
        input=json.dumps({"path": str(case.path), "change": judged.change, "pairs": pairs}),
        capture_output=True,
        text=True,
        env={**os.environ, **ENVIRONMENT},
        check=False,
    )
    if done.returncode:
        raise CaseFailed(done.stderr[-2000:])
    found = json.loads(done.stdout, parse_float=lambda text: round(float(text), 5))
    label = Label(
        digest=case.digest(judged.change),
        outcome=outcome(found["low"], found["high"], found["metric_drop"], case.max_drop),
        by_rule=judged.by_rule,
        machine=described(),
        date=time.strftime("%Y-%m-%d"),
        **found,
    )
    save(case, label)
    return line(label)


def line(label: Label) -> str:
    """A label on one line."""
    drop = "" if label.metric_drop is None else f"  metric {-label.metric_drop:+.4f}"
    return (
        f"{label.outcome:6} x{label.ratio:.3f} [{label.low:.3f}, {label.high:.3f}] "
        f"{label.before_s:.3f} -> {label.after_s:.3f} CPU-s{drop}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("measure", help="measure the changes and write the labels")
    one.add_argument("rules", nargs="*")
    one.add_argument("--missing", action="store_true", help="only what is new or changed")
    one.add_argument("--pairs", type=int, default=6)
    two = commands.add_parser("score", help="print how the advice did")
    two.add_argument("rules", nargs="*")
    options = parser.parse_args()
    if options.command == "measure":
        if options.pairs < 5:
            parser.error("five pairs at least")
        sys.exit(
            1 if measure(options.rules, missing=options.missing, pairs=options.pairs) else 0
        )
    from benchmarks.advice_score import report

    report(options.rules)


if __name__ == "__main__":
    main()
