"""What a change takes away, read by a cell that has not run yet."""

import pytest

from greenlab.advice.analysis.uses_of_removed import is_read_in

GONE = ("apply", "feature_importances_", "train_score_")
CELL = "reg = GradientBoostingRegressor(**params)\nreg.fit(X, y)\n"


@pytest.mark.parametrize(
    "later",
    [
        "plt.plot(reg.train_score_)",
        "order = np.argsort(reg.feature_importances_)",
        "def show(model):\n    plt.bar(model.feature_importances_)\nshow(reg)",
        "models = [other, reg]\nfor model in models:\n    print(model.train_score_)",
        "pd.DataFrame([one.feature_importances_ for one in (reg, other)])",
        "best = reg\nbest.train_score_",
        "load_somewhere().train_score_",  # it may be this one
    ],
)
def test_a_later_cell_reads_it_of_this_object(later):
    assert is_read_in(GONE, CELL, ["print(1)", later])


@pytest.mark.parametrize(
    "later",
    [
        "final.feature_importances_",
        "def show(model):\n    plt.bar(model.feature_importances_)\nshow(final)",
        "print('train_score_')",
        "reg.predict(X)",
        "df.apply(reg)",  # others have that name, too
        "this is no Python, feature_importances_",
    ],
)
def test_it_does_not(later):
    assert not is_read_in(GONE, CELL, [later])


def test_a_change_that_takes_nothing_away_breaks_no_cell():
    assert not is_read_in((), CELL, ["reg.train_score_"])
