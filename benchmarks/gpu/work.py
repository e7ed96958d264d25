"""Work for a GPU: kernels of a given length, and the two sides of each advice rule.

Also a process of its own, told what to do line by line: `python work.py hold|burn`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn


class Burner:
    """Matrix products that keep the GPU busy for about so many seconds, then are waited for."""

    def __init__(self, device: str = "cuda", size: int = 4096) -> None:
        self._a = torch.randn(size, size, device=device)
        self._device = device
        self._products(3)
        start = time.perf_counter()
        self._products(20)
        self._each_s = (time.perf_counter() - start) / 20

    def __call__(self, seconds: float) -> None:
        self.launch(seconds)
        wait(self._device)

    def launch(self, seconds: float) -> None:
        """The same, not waited for."""
        self._multiply(max(1, round(seconds / self._each_s)))

    def _products(self, count: int) -> None:
        self._multiply(count)
        wait(self._device)

    def _multiply(self, count: int) -> None:
        for _ in range(count):
            torch.mm(self._a, self._a)


def wait(device: str) -> None:
    """Until the GPU has done what it was given."""
    if device == "cuda":
        torch.cuda.synchronize()


@dataclass(frozen=True)
class Pair:
    """One rule's two sides: each call does the same work."""

    rule: str
    case: str
    before: Callable[[], object]
    after: Callable[[], object]


class Block(nn.Module):
    """Two convolutions and a way round them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.way = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x + self.way(x))


def convolutions(small: bool) -> tuple[nn.Module, torch.Tensor]:
    """A residual network of the size of ResNet-18, and a batch of images."""
    width, blocks, batch, side = (8, 1, 2, 16) if small else (128, 8, 128, 64)
    net = nn.Sequential(
        nn.Conv2d(3, width, 7, stride=2, padding=3),
        *(Block(width) for _ in range(blocks)),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(width, 10),
    )
    return net, torch.randn(batch, 3, side, side)


def transformer(small: bool) -> tuple[nn.Module, torch.Tensor]:
    """Two layers of the width of GPT-2, and a batch of embedded sequences."""
    width, heads, batch, length = (32, 2, 64, 8) if small else (768, 12, 64, 256)
    layer = nn.TransformerEncoderLayer(width, heads, 4 * width, dropout=0.0, batch_first=True)
    return nn.TransformerEncoder(layer, 2), torch.randn(batch, length, width)


def training(net: nn.Module, x: torch.Tensor, *, bfloat16: bool) -> Callable[[], object]:
    """One step of training on a batch."""
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-4)
    kind = x.device.type

    def step() -> None:
        optimizer.zero_grad()
        with torch.autocast(kind, dtype=torch.bfloat16) if bfloat16 else nullcontext():
            loss = net(x).float().square().mean()
        loss.backward()
        optimizer.step()

    return step


def in_precision(name: str, step: Callable[[], object]) -> Callable[[], object]:
    """A step with torch's precision of float32 products set to `name` while it runs."""

    def run() -> None:
        kept = torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision(name)
        try:
            step()
        finally:
            torch.set_float32_matmul_precision(kept)

    return run


def pairs(device: str = "cuda", *, small: bool = False) -> Iterator[Pair]:
    """T01, T02, T04, T05 and L01, made one after the other."""
    for case, make in (("convolutions", convolutions), ("transformer", transformer)):
        net, x = make(small)
        net, x = net.to(device), x.to(device)
        plain, mixed = (training(net, x, bfloat16=on) for on in (False, True))
        yield Pair("T01", f"{case}, training, bfloat16", plain, mixed)
        if case == "transformer":
            sides = (in_precision(name, plain) for name in ("highest", "high"))
            yield Pair("T02", f"{case}, training, TF32", *sides)
    yield _channels_last(device, small)
    yield _compiled(device, small)
    yield _batched(device, small)


def _channels_last(device: str, small: bool) -> Pair:
    net, x = convolutions(small)
    other, _ = convolutions(small)
    kind: Any = torch.channels_last
    net, x, other = net.to(device), x.to(device), other.to(device, memory_format=kind)
    return Pair(
        "T04",
        "convolutions, training, bfloat16, channels last",
        training(net, x, bfloat16=True),
        training(other, x.to(memory_format=kind), bfloat16=True),
    )


def _compiled(device: str, small: bool) -> Pair:
    net, x = convolutions(small)
    net, x = net.to(device).eval(), x.to(device)
    quick = torch.compile(net) if not small else net  # needs a compiler and minutes

    def forward(model: Any) -> Callable[[], object]:
        def run() -> None:
            with torch.inference_mode():
                model(x)

        return run

    case = "convolutions, inference, torch.compile (its one-off cost not counted)"
    return Pair("T05", case, forward(net), forward(quick))


def _batched(device: str, small: bool) -> Pair:
    net, x = transformer(small)
    net, x = net.to(device).eval(), x.to(device)

    def one_by_one() -> None:
        with torch.inference_mode():
            for item in x:
                net(item[None])

    def at_once() -> None:
        with torch.inference_mode():
            net(x)

    return Pair("L01", "transformer, inference, batch of 1 and of 64", one_by_one, at_once)


def main(role: str) -> None:
    """`hold`: a context and 2 GiB, freed when told. `burn`: busy until told to end."""
    if role == "burn":
        burner = Burner()
        print("ready", flush=True)
        for _ in sys.stdin:
            end = time.monotonic() + 20.0
            while time.monotonic() < end:
                burner(0.05)
        return
    held: list[torch.Tensor] = [torch.zeros(2 << 30, dtype=torch.uint8, device="cuda")]
    torch.cuda.synchronize()
    print("ready", flush=True)
    for _ in sys.stdin:
        held.clear()
        torch.cuda.empty_cache()
        print("freed", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
