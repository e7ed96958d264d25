"""From which size on does advice save? CPU time before and after, on this machine.

Where the limits in the rules come from. Whether the rules are right within them is judged on
other cells (`benchmarks/advice.py`). Pairs run interleaved in ABBA order after a warm-up of
both; the ratio after/before comes with the 95 % interval of the mean log ratio. CPU time is
the process's, threads included.

One thread only: a second one that waits for work would count as CPU time.

    OMP_NUM_THREADS=1 python benchmarks/advice_first.py [T01] [S01] [L01] [--pairs 6]
"""

from __future__ import annotations

import argparse
import gc
import math
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.statistic import log_ratio_interval

Pair = tuple[str, Callable[[], object], Callable[[], object]]


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


def t01_rows() -> Iterator[Pair]:
    """Training steps of few rows, for which every weight is cast anew."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    for width, steps in ((256, 200), (512, 80), (1024, 30)):
        layers = (nn.Linear(32, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        net = nn.Sequential(*layers, nn.Linear(width, 4))
        optimizer = torch.optim.SGD(net.parameters(), lr=1e-4)
        for rows in (1, 4, 8, 16, 32, 64, 128):
            x, y = torch.randn(rows, 32), torch.randint(0, 4, (rows,))

            def train(enabled, net=net, x=x, y=y, optimizer=optimizer, steps=steps):  # noqa: PLR0917
                for _ in range(steps):
                    optimizer.zero_grad()
                    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
                        loss = nn.functional.cross_entropy(net(x), y)
                    loss.backward()
                    optimizer.step()

            name = f"T01 train width {width}, {rows} rows a step"
            yield name, lambda f=train: f(False), lambda f=train: f(True)


def s01_sizes() -> Iterator[Pair]:
    """Few rows, and what makes the old one look at little of them."""
    from sklearn.datasets import make_classification
    from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    shapes = [(rows, columns, 100, {}) for rows in (300, 1000, 3000) for columns in (6, 30)]
    little = ({"subsample": 0.05}, {"subsample": 0.2}, {"max_features": 1})
    shapes += [(10_000, 40, 25, words) for words in (*little, {"max_features": "sqrt"})]
    for rows, columns, rounds, words in shapes:
        x, y = make_classification(
            rows + 2_000, columns, n_informative=5, n_redundant=0, random_state=0
        )
        old = GradientBoostingClassifier(n_estimators=rounds, random_state=0, **words)
        new = HistGradientBoostingClassifier(max_iter=rounds, random_state=0)
        scores = [m.fit(x[:rows], y[:rows]).score(x[rows:], y[rows:]) for m in (old, new)]
        print(f"    accuracy on held-out rows {scores[0]:.3f} -> {scores[1]:.3f}")
        yield (
            f"S01 {rows:,} rows, {columns} columns {words or ''}",
            lambda m=old, x=x, y=y, n=rows: m.fit(x[:n], y[:n]),
            lambda m=new, x=x, y=y, n=rows: m.fit(x[:n], y[:n]),
        )


def l01_lengths() -> Iterator[Pair]:
    """A pipeline's calls with texts of one length, one by one and in batches of 8."""
    import random

    import torch
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers

    torch.set_num_threads(1)
    words = ["[PAD]", "[UNK]", *(f"w{n}" for n in range(90))]
    inner = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="[PAD]", unk_token="[UNK]"
    )
    for width, layers in ((64, 2), (128, 2), (256, 4), (512, 4), (768, 6)):
        config = transformers.BertConfig(
            hidden_size=width, num_hidden_layers=layers, num_attention_heads=width // 32,
            intermediate_size=4 * width, vocab_size=len(words),
        )  # fmt: skip
        net = transformers.BertForSequenceClassification(config).eval()
        pipe = transformers.pipeline(
            "text-classification", model=net, tokenizer=tokenizer, device="cpu"
        )
        for tokens in (12, 50, 200):
            texts = [" ".join(random.choices(words[2:], k=tokens)) for _ in range(16)]
            yield (
                f"L01 pipeline, {layers} layers {width} wide, {tokens} tokens",
                lambda p=pipe, t=texts: [p(text) for text in t],
                lambda p=pipe, t=texts: p(t, batch_size=8),
            )


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
    ratio, low, high = log_ratio_interval(logs)
    a, b = (statistics.median(side) for side in zip(*spent, strict=True))
    return f"{a:8.3f} -> {b:7.3f} CPU-s   x{ratio:.2f} [{low:.2f}, {high:.2f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rules", nargs="*", default=["T01", "S01", "L01"])
    parser.add_argument("--pairs", type=int, default=6)
    options = parser.parse_args()
    for rule in options.rules:
        sweeps = {"T01": (t01, t01_rows), "S01": (s01, s01_sizes), "L01": (l01, l01_lengths)}
        for sweep in sweeps[rule]:
            for name, before, after in sweep():
                print(f"{name:54} {compare(before, after, options.pairs)}", flush=True)


if __name__ == "__main__":
    main()
