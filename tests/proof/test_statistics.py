import math
import random

import pytest

from greenlab.proof import statistics as pairs

# Abramowitz and Stegun, table 26.10.
TABLE = [(0.975, 1, 12.706), (0.975, 2, 4.303), (0.995, 3, 5.841), (0.95, 10, 1.812)]


@pytest.mark.parametrize(("probability", "freedom", "value"), TABLE)
def test_t_quantiles_are_those_of_the_table(probability, freedom, value):
    assert pairs.t_quantile(probability, freedom) == pytest.approx(value, abs=5e-4)


def test_t_quantiles_are_those_of_scipy():
    stats = pytest.importorskip("scipy.stats")
    for freedom in (1, 2, 3, 4, 7, 10, 11, 40):
        for probability in (0.5, 0.9, 0.99375, 0.9999):
            expected = stats.t.ppf(probability, freedom)
            assert pairs.t_quantile(probability, freedom) == pytest.approx(expected, rel=1e-9)


def test_a_quantile_needs_a_probability_and_a_degree_of_freedom():
    for probability, freedom in ((0.4, 3), (1.0, 3), (0.9, 0)):
        with pytest.raises(ValueError, match="no t quantile"):
            pairs.t_quantile(probability, freedom)


def test_a_ratio_is_of_after_over_before_and_lies_in_its_interval():
    found = pairs.ratio([10.0, 20.0, 40.0], [5.0, 9.0, 22.0], 0.95)
    assert found.low < found.mean < found.high
    assert found.mean == pytest.approx((0.5 * 0.45 * 0.55) ** (1 / 3))


def test_a_ratio_needs_energies_and_two_pairs():
    with pytest.raises(ValueError, match="above 0"):
        pairs.ratio([1.0, 0.0], [1.0, 1.0], 0.95)
    with pytest.raises(ValueError, match="two values"):
        pairs.ratio([1.0], [1.0], 0.95)


def test_a_saving_that_may_be_the_margin_stays_open():
    assert pairs.judge(pairs.Interval(0.5, 0.6, 0.94)) == "verified"
    assert pairs.judge(pairs.Interval(0.5, 0.6, 0.95)) == "open"
    assert pairs.judge(pairs.Interval(0.96, 0.99, 1.2)) == "rejected"


def normal(rng, spread):
    return rng.gauss(0, spread)


def heavy(rng, spread):
    """Student's t with 3 degrees of freedom, scaled to the spread."""
    chi = sum(rng.gauss(0, 1) ** 2 for _ in range(3))
    return rng.gauss(0, 1) / math.sqrt(chi / 3) * spread / math.sqrt(3)


def outcome(rng, saving, spread, noise):
    """What the looks find, on pairs whose log ratio has this spread; and after how many."""
    level, logs = pairs.level(pairs.LOOKS), []
    for look in pairs.LOOKS:
        while len(logs) < look:
            logs.append(math.log(1 - saving) + noise(rng, spread))
        found = pairs.ratio([1.0] * look, [math.exp(one) for one in logs], level)
        if (said := pairs.judge(found)) != "open":
            return said, look
    return "open", look


def share(said, saving, spread, noise, trials=200):
    rng = random.Random(f"{saving} {spread} {noise.__name__}")
    return sum(outcome(rng, saving, spread, noise)[0] == said for _ in range(trials)) / trials


@pytest.mark.parametrize("noise", [normal, heavy])
@pytest.mark.parametrize("spread", [0.054, 0.12])
def test_identical_code_is_not_said_to_save(spread, noise):
    assert share("verified", 0.0, spread, noise) <= 0.01


@pytest.mark.parametrize("noise", [normal, heavy])
def test_a_saving_at_the_margin_is_seldom_called_verified(noise):
    assert share("verified", 0.05, 0.054, noise, trials=1000) <= 0.05


def test_a_saving_of_a_fifth_is_found():
    assert share("verified", 0.2, 0.054, normal) >= 0.99
    assert share("verified", 0.2, 0.12, normal) >= 0.9


def test_what_saves_nothing_is_rejected_where_runs_are_alike():
    assert share("rejected", 0.0, 0.02, normal) >= 0.95


if __name__ == "__main__":  # the figures in docs/advice.md
    for noise in (normal, heavy):
        for spread in (0.054, 0.12):
            for saving in (0.0, 0.05, 0.1, 0.2, 0.4):
                shares = [
                    share(s, saving, spread, noise, 4000) for s in ("verified", "rejected")
                ]
                rng = random.Random(1)
                looks = [outcome(rng, saving, spread, noise)[1] for _ in range(1000)]
                mean = sum(looks) / len(looks)
                print(
                    f"{noise.__name__:7} SD {spread:.1%} saving {saving:3.0%}: verified {shares[0]:6.1%}, rejected {shares[1]:6.1%}, {mean:.1f} pairs"
                )
