"""The turns, on a bench whose energies are drawn from a known distribution."""

import math
import random
from dataclasses import replace

import pytest

from greenlab.proof import machine_load, paired_runs
from greenlab.proof.backends.backend import GoneError
from greenlab.proof.protocol import Outcome, Terms
from greenlab.proof.paired_runs import SequentialTest
from greenlab.record import Figure


class Drawn:
    """A bench whose version 1 uses `ratio` of the energy of version 0, with a spread."""

    way = "drawn"
    pauses = 0

    def __init__(self, ratio=1.0, spread=0.054, seed=0, **always):
        self.rng, self.ratio, self.spread, self.always = (
            random.Random(seed),
            ratio,
            spread,
            always,
        )
        self.asked, self.loaded = [], []

    def run(self, which, seed, limit_s):
        self.asked.append((which, seed))
        joules = 100 * (self.ratio if which else 1)
        joules *= math.exp(self.rng.gauss(0, self.spread / math.sqrt(2)))
        return self.outcome(joules, len(self.asked))

    def outcome(self, joules, _number):
        energy = Figure.within(joules, joules * 0.9, joules * 1.1, level=0.95, tier="measured")
        return Outcome(energy, 0.01, **self.always)

    def load(self, modules):
        self.loaded += modules

    def stop(self):
        pass


def verdict(bench, **terms):
    return SequentialTest(bench, Terms(**terms), lambda _: None, lambda: False).verdict()


def test_pairs_alternate_and_share_their_seed():
    bench = Drawn(ratio=0.5)
    verdict(bench)
    warm, pairs = bench.asked[:2], bench.asked[2:]
    assert [which for which, _ in warm] == [0, 1]
    assert [which for which, _ in pairs] == [0, 1, 1, 0, 0, 1]
    seeds = [seed for _, seed in pairs]
    assert seeds[::2] == seeds[1::2]
    assert len(set(seeds)) == 3


def test_identical_code_is_verified_in_one_proof_of_a_hundred_at_most():
    found = [verdict(Drawn(seed=seed)).status for seed in range(200)]
    assert found.count("verified") <= 2


def test_a_true_saving_lies_in_the_interval():
    found = [verdict(Drawn(ratio=0.7, seed=seed)) for seed in range(100)]
    assert all(one.status == "verified" for one in found)
    assert sum(one.low <= 0.7 <= one.high for one in found) >= 95


def test_what_a_measured_verdict_says():
    said = verdict(Drawn(ratio=0.5))
    assert (said.tier, said.note, said.pairs) == ("measured", None, 3)
    assert said.before_j == pytest.approx(100, rel=0.15)
    assert said.after_j == pytest.approx(50, rel=0.15)
    assert said.one_off_j is None
    assert said.cost_j == pytest.approx(4 * (said.before_j + said.after_j), rel=0.1)
    runs = math.ceil(said.cost_j / (said.before_j - said.after_j))
    assert f"which pays off after {runs} runs of the new version" in str(said)


def test_a_costly_first_run_stands_apart():
    class Compiles(Drawn):
        def outcome(self, joules, number):
            return super().outcome(joules + (400 if number == 2 else 0), number)

    said = verdict(Compiles(ratio=0.5))
    assert said.one_off_j == pytest.approx(400, rel=0.1)
    assert said.after_j == pytest.approx(50, rel=0.15)


def test_what_the_first_runs_imported_is_loaded():
    bench = Drawn(modules=("b", "a"))
    verdict(bench)
    assert bench.loaded == ["a", "b"]


@pytest.mark.parametrize(
    ("disturbed", "said"),
    [
        ({"foreign": 0.8}, "other programs kept 80 % of the machine busy"),
        ({"throttled": True}, "held itself back for heat in 8 of 8 runs"),
    ],
)
def test_a_busy_machine_is_reported_and_a_large_saving_still_decided(disturbed, said):
    found = verdict(Drawn(ratio=0.5, **disturbed))
    assert (found.status, found.pairs, found.discarded) == ("verified", 3, 0)
    assert said in found.note
    assert "busy" not in str(verdict(Drawn(ratio=0.5, foreign=0.05)))


def test_runs_that_differ_too_much_end_early():
    found = [verdict(Drawn(spread=0.8, seed=seed)) for seed in range(50)]
    assert sum(one.status == "verified" for one in found) <= 1
    early = [one for one in found if one.status == "inconclusive" and one.pairs < 12]
    assert len(early) >= 30
    assert all("would not change that" in one.reason for one in early)


class Shared(Drawn):
    """A machine that others use: energies swing with its idle power, processor time little."""

    def outcome(self, joules, number):
        stretched = math.exp(self.rng.gauss(0, 0.6))
        whole = joules * stretched
        energy = Figure.within(whole, whole / 2, 2 * whole, level=0.9, tier="modelled")
        known = {"cpu_s": joules / 100, "modelled_j": joules * stretched / 3, "foreign": 0.9}
        return Outcome(energy, 0.01, **{**known, **self.always})


def test_verdicts_go_by_what_the_work_adds():
    found = verdict(Shared(ratio=0.5))
    assert (found.status, found.ratio_of, found.pairs) == ("verified", "added", 3)
    assert found.ratio == pytest.approx(0.5, rel=0.15)
    assert found.after_added_j / found.before_added_j == pytest.approx(found.ratio, rel=0.1)
    assert "of the energy that the work adds; with idle power included, " in str(found)
    assert "added by the work" in str(found)
    assert verdict(Drawn(ratio=0.5)).ratio_of == "energy"


def test_counters_add_to_what_processor_time_says():
    class Counted(Shared):
        def outcome(self, joules, number):
            self.always = {"counted_j": 9 * joules, "modelled_j": 0.0}
            return super().outcome(joules, number)

    found = verdict(Counted(ratio=0.5))
    assert (found.status, found.ratio_of) == ("verified", "added")
    assert found.before_added_j == pytest.approx(900, rel=0.15)


def test_what_only_waits_is_reported():
    found = verdict(Shared(ratio=0.5, cpu_s=1e-5, modelled_j=0.001))
    assert (found.status, found.pairs) == ("inconclusive", 0)
    assert "adds too little work to be compared" in found.reason


def test_a_version_that_does_next_to_nothing_is_no_division_by_it():
    class Nothing(Shared):
        def outcome(self, joules, number):
            self.always = {"cpu_s": 0.0 if joules < 1 else 1.0}
            return super().outcome(joules, number)

    found = verdict(Nothing(ratio=1e-6))
    assert found.status == "verified"
    assert 0 < found.ratio < 0.001


def test_how_busy_the_machine_is_is_said_before():
    said = []
    bench = Drawn(ratio=0.5)
    SequentialTest(bench, Terms(), said.append, lambda: False, others=0.85).verdict()
    assert "the machine is busy: 85 % by others" in str(said[0])
    SequentialTest(bench, Terms(), said.append, lambda: False, others=0.03).verdict()
    assert "busy" not in str(said[-1])


class Timed(Drawn):
    """Each run takes so many seconds of a clock of its own."""

    def __init__(self, seconds, **drawn):
        super().__init__(**drawn)
        self.seconds, self.now = seconds, 0.0

    def monotonic(self):
        return self.now

    def outcome(self, joules, number):
        self.now += self.seconds
        return replace(super().outcome(joules, number), duration_s=self.seconds)


def test_no_runs_are_made_that_the_budget_leaves_without_a_verdict(monkeypatch):
    undecided = {"ratio": 0.9, "spread": 0.12, "seed": 3}
    assert verdict(Drawn(**undecided)).pairs > 3  # three pairs do not tell
    bench = Timed(10.0, **undecided)
    monkeypatch.setattr(paired_runs, "time", bench)
    terms = Terms(budget_s=100)  # 20 s of warming up, 60 s of 3 pairs: 2 more take 40 s
    test = SequentialTest(bench, terms, lambda _: None, lambda: False, others=0.85)
    found = test.verdict()
    assert (found.status, found.pairs, found.duration_s) == ("inconclusive", 3, 80.0)
    assert found.reason.startswith("2 more pairs of runs, about 40 s, are needed to tell")
    assert "Other programs kept 85 % of the machine busy: test it when less" in found.reason
    bench = Timed(40.0, **undecided)
    monkeypatch.setattr(paired_runs, "time", bench)
    found = verdict(bench, budget_s=100)
    assert found.pairs == 0
    assert found.reason.startswith("3 pairs of runs, about 4 min, are needed to tell")
    assert found.reason.endswith("left of the budget of 1 min 40 s. Give it more time")


def test_what_others_keep_busy_is_a_share():
    found = machine_load.by_others(0.05)
    assert found is None or 0 <= found <= 1


def test_energy_that_is_not_known_or_too_small_is_reported():
    class Unknown(Drawn):
        def outcome(self, joules, number):
            return Outcome(Figure.missing("no counter here"), 0.01)

    class Small(Drawn):
        def outcome(self, joules, number):
            return Outcome(Figure(1.0, 0.0, 2.0, 0.95, "measured"), 0.01)

    assert "no counter here" in verdict(Unknown()).reason
    assert "too short" in verdict(Small()).reason


@pytest.mark.parametrize(
    ("drop", "status"), [(0.0, "verified"), (0.005, "verified"), (0.5, "quality-failed")]
)
def test_the_metric_decides_with_the_energy(drop, status):
    class Rated(Drawn):
        def run(self, which, seed, limit_s):
            self.always = {"quality": 0.9 + self.rng.gauss(0, 0.001) - (drop if which else 0)}
            return super().run(which, seed, limit_s)

    said = verdict(Rated(ratio=0.5), metric="acc", max_drop=0.05)
    assert said.status == status
    assert said.quality.before - said.quality.after == pytest.approx(drop, abs=0.01)


def test_a_metric_that_is_not_clear_verifies_nothing():
    class Rated(Drawn):
        def run(self, which, seed, limit_s):
            self.always = {"quality": self.rng.gauss(0.9, 0.2)}
            return super().run(which, seed, limit_s)

    said = verdict(Rated(ratio=0.5), metric="acc", max_drop=0.001)
    assert said.status in ("inconclusive", "quality-failed")


def test_when_the_bench_is_gone_what_is_known_stays():
    class Stops(Drawn):
        def run(self, which, seed, limit_s):
            if len(self.asked) == 6:
                raise GoneError
            return super().run(which, seed, limit_s)

    said = verdict(Stops(ratio=0.5))
    assert (said.status, said.reason, said.pairs) == ("inconclusive", "stopped", 2)
    assert 0.3 < said.ratio < 0.7


def test_a_pair_that_a_cell_of_the_user_fell_into_is_repeated():
    class Visited(Drawn):
        def run(self, which, seed, limit_s):
            if len(self.asked) in (3, 4, 7, 8, 10):
                self.pauses += 1
            return super().run(which, seed, limit_s)

    visited = Visited(ratio=0.5)
    found = verdict(visited, looks=(3,))
    assert (found.status, found.pairs, found.discarded) == ("verified", 3, 5)
    assert len(visited.asked) == 2 + 2 * (3 + 5)


class Ends(Drawn):
    """Stopped after so many runs."""

    def __init__(self, runs, **known):
        super().__init__(**known)
        self.runs = runs

    def run(self, which, seed, limit_s):
        if len(self.asked) == self.runs:
            raise GoneError
        return super().run(which, seed, limit_s)


@pytest.mark.parametrize(("runs", "cost"), [(1, "the proof used"), (0, "the proof took")])
def test_what_stopped_without_a_pair_says_what_it_cost(runs, cost):
    said = verdict(Ends(runs))
    assert (said.status, said.pairs, said.ratio) == ("inconclusive", 0, None)
    assert cost in str(said)
    assert "None" not in str(said)


def test_one_pair_shows_its_ratio_and_no_interval():
    said = verdict(Ends(4, ratio=0.5, spread=0.0))
    assert (said.pairs, said.low, said.high) == (1, None, None)
    assert said.ratio == pytest.approx(0.5)
    assert str(said).startswith(
        "inconclusive · 50 % less energy\n1 pair of runs · the proof used"
    )


def test_before_and_after_have_one_unit():
    rows = verdict(Drawn(ratio=0.001)).table()
    assert rows[1][1].split()[1] == rows[1][2].split()[1] == "J"


@pytest.mark.parametrize(
    ("metric", "shown"),
    [
        ("f(x, average='macro')", "f(x, average='macro')"),
        ("f('https://u:hunter2@example.org')", "f('...')"),
        ("f(key='hunter2', b=b'hunter2')", "f(key='...', b='...')"),
        ("f(f'{x} hunter2')", "f(f'{x}...')"),
    ],
)
def test_a_metric_is_said_without_the_texts_it_holds(metric, shown):
    class Rated(Drawn):
        def run(self, which, seed, limit_s):
            self.always = {"quality": 0.9}
            return super().run(which, seed, limit_s)

    assert verdict(Rated(ratio=0.5), metric=metric).quality.metric == shown
