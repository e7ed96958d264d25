"""The catalogue: one rule a file, each named once here."""

from typing import Any, Final

from greenlab.advice.rule import Rule
from greenlab.advice.rules import (
    l01_one_by_one,
    m01_smaller_model,
    p01_row_loops,
    p02_csv,
    p03_scan,
    s01_boosting,
    s02_grid_search,
    s03_forest_size,
    s04_sklearnex,
    s05_lighter_fit,
    t01_mixed_precision,
)

RULES: Final[tuple[Rule[Any, Any], ...]] = (
    t01_mixed_precision.RULE,
    m01_smaller_model.RULE,
    l01_one_by_one.RULE,
    p01_row_loops.RULE,
    p02_csv.RULE,
    p03_scan.RULE,
    s01_boosting.RULE,
    s02_grid_search.RULE,
    s03_forest_size.RULE,
    s04_sklearnex.RULE,
    s05_lighter_fit.RULE,
)
