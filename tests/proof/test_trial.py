"""The turns, on a bench whose energies are drawn from a known distribution."""

import math
import random

import pytest

from greenlab.proof.bench import GoneError
from greenlab.proof.terms import Outcome, Terms
from greenlab.proof.trial import Trial
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
    return Trial(bench, Terms(**terms), lambda _: None, lambda: False).verdict()


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
    assert f"which {math.ceil(said.cost_j / (said.before_j - said.after_j))} runs" in str(said)


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


@pytest.mark.parametrize("disturbed", [{"foreign": 0.8}, {"throttled": True}])
def test_a_disturbed_machine_gives_no_verdict(disturbed):
    said = verdict(Drawn(ratio=0.5, **disturbed))
    assert (said.status, said.pairs, said.ratio) == ("inconclusive", 0, None)
    assert "busy" in said.reason
    assert said.discarded == 5


def test_a_disturbed_pair_is_repeated():
    class Once(Drawn):
        def outcome(self, joules, number):
            self.always = {"foreign": 0.4 if number == 4 else 0.1}
            return super().outcome(joules, number)

    said = verdict(Once(ratio=0.5))
    assert (said.status, said.pairs, said.discarded) == ("verified", 3, 1)


def test_a_load_that_is_even_disturbs_nothing():
    assert verdict(Drawn(ratio=0.5, foreign=0.4)).discarded == 0


def test_energy_that_is_not_known_or_too_small_is_told():
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


def test_pairs_that_do_not_count_say_what_they_showed():
    said = str(verdict(Drawn(ratio=0.5, spread=0.0, throttled=True)))
    assert "all 5 pairs of runs were disturbed and left out · the proof used" in said
    assert "the runs that were left out showed 50 % less energy" in said


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
