"""Does the first advice save? CPU time before and after, on this machine.

Pairs run interleaved in ABBA order after a warm-up of both; the ratio after/before comes
with the 95 % interval of the mean log ratio. CPU time is the process's, threads included.

One thread only: a second one that waits for work would count as CPU time.

    python benchmarks/advice_first.py [T01] [S01] [L01] [--pairs 6]
"""

from __future__ import annotations

import argparse
import gc
import math
import statistics
import time
import warnings
from collections.abc import Callable, Iterator

Pair = tuple[str, Callable[[], object], Callable[[], object]]
T_95 = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26}


def t01() -> Iterator[Pair]:
    """Training steps and evaluation in float32 and under autocast to bfloat16."""
    import torch
    from torch import nn

    torch.set_num_threads(1)

    def perceptron(width: int) -> tuple[nn.Module, tuple[int, ...]]:
        layers = (nn.Linear(64, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        return nn.Sequential(*layers, nn.Linear(width, 10)), (64,)

    def convolution(channels: int) -> tuple[nn.Module, tuple[int, ...]]:
        layers = (
            nn.Conv2d(1, channels, 3, padding=1), nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        )  # fmt: skip
        return nn.Sequential(*layers, nn.Linear(channels, 10)), (1, 16, 16)

    shapes = [
        ("perceptron, width 64", *perceptron(64), 200),
        ("perceptron, width 256", *perceptron(256), 150),
        ("perceptron, width 512", *perceptron(512), 60),
        ("perceptron, width 1024", *perceptron(1024), 20),
        ("convolution, 16 channels", *convolution(16), 30),
        ("convolution, 64 channels", *convolution(64), 4),
    ]
    for name, net, shape, steps in shapes:
        x, y = torch.randn(128, *shape), torch.randint(0, 10, (128,))
        optimizer = torch.optim.SGD(net.parameters(), lr=1e-4)

        def train(enabled, net=net, x=x, y=y, optimizer=optimizer, steps=steps):  # noqa: PLR0917
            for _ in range(steps):
                optimizer.zero_grad()
                with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
                    loss = nn.functional.cross_entropy(net(x), y)
                loss.backward()
                optimizer.step()

        def evaluate(enabled, net=net, x=x, steps=steps):
            with torch.inference_mode():
                for _ in range(2 * steps):
                    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
                        net(x)

        yield f"T01 train {name}", lambda f=train: f(False), lambda f=train: f(True)
        yield f"T01 eval  {name}", lambda f=evaluate: f(False), lambda f=evaluate: f(True)


def s01() -> Iterator[Pair]:
    """Old and histogram boosting on digits shifted by a pixel and on a two-class table."""
    import numpy as np
    from sklearn.datasets import load_digits, make_classification
    from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    images, labels = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8)
    shifts = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1)]
    digits = np.concatenate([np.roll(images, by, (1, 2)).reshape(-1, 64) for by in shifts])
    tables = {
        "digits, 10,782 rows, 10 rounds": (digits, np.tile(labels, len(shifts)), 10),
        "2 classes, 20,000 rows, 30 rounds": (
            *make_classification(20_000, 20, n_informative=8, random_state=0),
            30,
        ),
    }
    for name, (x, y, rounds) in tables.items():
        old = GradientBoostingClassifier(n_estimators=rounds, random_state=0)
        new = HistGradientBoostingClassifier(max_iter=rounds, random_state=0)
        order = np.random.default_rng(0).permutation(len(x))
        learn, judge = order[: int(0.8 * len(x))], order[int(0.8 * len(x)) :]
        scores = [m.fit(x[learn], y[learn]).score(x[judge], y[judge]) for m in (old, new)]
        print(f"    accuracy on held-out rows {scores[0]:.3f} -> {scores[1]:.3f}")
        yield (
            f"S01 {name}",
            lambda m=old, x=x, y=y: m.fit(x, y),
            lambda m=new, x=x, y=y: m.fit(x, y),
        )


def l01() -> Iterator[Pair]:
    """One item at a time and all at once: a small text classifier, a random forest."""
    import torch
    import transformers
    from sklearn.datasets import load_digits
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression

    torch.set_num_threads(1)
    config = transformers.BertConfig(
        hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=512,
        vocab_size=1000,
    )  # fmt: skip
    net = transformers.BertForSequenceClassification(config).eval()
    ids = torch.randint(0, 1000, (64, 32))

    def one_by_one() -> None:
        with torch.inference_mode():
            for row in ids:
                net(input_ids=row[None])

    def in_batches() -> None:
        with torch.inference_mode():
            for part in ids.split(8):
                net(input_ids=part)

    yield "L01 2-layer BERT, 64 texts of 32 tokens, batches of 8", one_by_one, in_batches
    x, y = load_digits(return_X_y=True)
    models = [
        ("logistic regression", LogisticRegression(max_iter=100), 1000),
        ("random forest of 50", RandomForestClassifier(50, random_state=0), 100),
    ]
    for name, model, rows in models:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(x, y)
        yield (
            f"L01 {name}, {rows} rows",
            lambda m=model, n=rows: [m.predict(row.reshape(1, -1)) for row in x[:n]],
            lambda m=model, n=rows: m.predict(x[:n]),
        )


def cpu_s(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def compare(before: Callable[[], object], after: Callable[[], object], pairs: int) -> str:
    before(), after()
    logs, spent = [], []
    for number in range(pairs):
        if number % 2:
            b, a = cpu_s(after), cpu_s(before)
        else:
            a, b = cpu_s(before), cpu_s(after)
        logs.append(math.log(b / a))
        spent.append((a, b))
    middle = statistics.fmean(logs)
    half = T_95.get(pairs - 1, 2.26) * statistics.stdev(logs) / math.sqrt(pairs)
    a, b = (statistics.median(side) for side in zip(*spent, strict=True))
    low, high = math.exp(middle - half), math.exp(middle + half)
    return f"{a:8.3f} -> {b:7.3f} CPU-s   x{math.exp(middle):.2f} [{low:.2f}, {high:.2f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rules", nargs="*", default=["T01", "S01", "L01"])
    parser.add_argument("--pairs", type=int, default=6)
    options = parser.parse_args()
    for rule in options.rules:
        for name, before, after in {"T01": t01, "S01": s01, "L01": l01}[rule]():
            print(f"{name:54} {compare(before, after, options.pairs)}", flush=True)


if __name__ == "__main__":
    main()
