"""Stop a training when its energy budget is spent, or when validation gets no better."""

from __future__ import annotations

import logging
import math
import time
from typing import Final, Literal

from greenlab import units
from greenlab.record import Figure
from greenlab.training.running import RunningEnergy

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0
"""Steps may be much shorter: the counters are read no more often than this."""


class EarlyStop:
    """Says when to stop a loop.

        stop = EarlyStop(budget_wh=20, patience=3)
        for epoch in range(100):
            ...
            if stop(validation_loss):
                break
        stop.reason

    `budget_j`, `budget_wh`: energy of this process and its children from here on; the loop
    ends at the first call that finds it spent, by the best value of the figure.
    `patience`: calls without a value better than the best one by more than `min_delta`;
    `mode` says whether smaller (`min`) or larger (`max`) is better.

    Where energy is not known it says so once in the log, and patience alone decides.

    Raises:
        ValueError: neither a budget nor a patience, two budgets, or a limit out of range.
    """

    def __init__(
        self,
        *,
        budget_j: float | None = None,
        budget_wh: float | None = None,
        patience: int | None = None,
        min_delta: float = 0.0,
        mode: Literal["min", "max"] = "min",
    ) -> None:
        if budget_j is not None and budget_wh is not None:
            raise ValueError("give budget_j or budget_wh, not both")
        if budget_wh is not None:
            budget_j = budget_wh * units.J_PER_WH
        if budget_j is None and patience is None:
            raise ValueError("give a budget (budget_j or budget_wh), a patience, or both")
        if budget_j is not None and not 0 < budget_j < math.inf:
            raise ValueError(f"a budget is more than 0 J, not {budget_j:g} J")
        if patience is not None and patience < 1:
            raise ValueError(f"patience is at least 1, not {patience}")
        if not min_delta >= 0:
            raise ValueError(f"min_delta is at least 0, not {min_delta}")
        if mode not in ("min", "max"):
            raise ValueError(f"mode is 'min' or 'max', not {mode!r}")
        self.budget_j, self.patience = budget_j, patience
        self.min_delta, self.mode = min_delta, mode
        self._said: set[str] = set()
        self._energy: RunningEnergy | None = None
        self.start()

    def start(self) -> None:
        """Start again: count from here on, forget the best value."""
        self.end()
        self.reason: str | None = None
        self.best: float | None = None
        self.flat = 0
        self._keeps_budget = self.budget_j is not None
        self._looked = -math.inf
        self._energy = RunningEnergy()

    def end(self) -> None:
        """Stop counting."""
        if self._energy is not None:
            self._energy.end()

    @property
    def energy_j(self) -> Figure:
        """Joules so far, or until it stopped."""
        assert self._energy is not None
        return self._energy.so_far()

    def __call__(self, value: float | None = None) -> bool:
        """Whether to stop; `reason` then says why.

        With a validation value: once per evaluation. Without one only the budget is looked
        at, at most once a second: for every step of a long epoch.
        """
        if self.reason is None:
            self.reason = self._got_no_better(value) or self._spent(at_once=value is not None)
            if self.reason is not None:
                self.end()
        return self.reason is not None

    def drop_budget(self, why: str) -> None:
        """Go on with patience alone, and say so."""
        if self._keeps_budget:
            self._keeps_budget = False
            self._say_no_budget(why)

    def say_once(self, text: str) -> None:
        """Into the log, where nothing of the user's depends on it."""
        if text not in self._said:
            self._said.add(text)
            log.warning("greenlab: %s", text)

    def _say_no_budget(self, why: str) -> None:
        rest = "patience alone decides" if self.patience else "nothing else stops this loop"
        self.say_once(f"the energy budget is not kept ({why}); {rest}")

    def _got_no_better(self, value: float | None) -> str | None:
        if value is None or self.patience is None:
            return None
        value = float(value)
        sign = 1 if self.mode == "max" else -1
        if self.best is None or sign * (value - self.best) > self.min_delta:
            # NaN is never better, and nothing would be better than it.
            self.best = None if math.isnan(value) else value
            self.flat = 0 if self.best is not None else self.flat + 1
        else:
            self.flat += 1
        if self.flat < self.patience:
            return None
        best = "not a number" if self.best is None else f"{self.best:.6g}"
        return f"patience: no better than {best} in {self.flat} evaluations"

    def _spent(self, *, at_once: bool) -> str | None:
        now = time.monotonic()
        if not self._keeps_budget or (not at_once and now - self._looked < LOOK_S):
            return None
        self._looked = now
        used = self.energy_j
        if used.value is None:
            self._say_no_budget(used.reason or "no energy figure")
            return None
        if used.lacks:
            self.say_once(f"the energy budget does not see {', '.join(used.lacks)}")
        if used.value < (self.budget_j or 0.0):
            return None
        bounds = "no upper bound"
        if used.low is not None and used.high is not None:
            bounds = f"between {units.energy_span(used.low, used.high, 'and')}"
        spent, budget = units.energy(used.value), units.energy(self.budget_j or 0.0)
        return f"budget: {spent} used ({bounds}, {used.tier}) of {budget}"
