"""The catalogue: one rule a file, each named once here."""

from typing import Any, Final

from greenlab.advice.rule import Rule
from greenlab.advice.rules import (
    l01_one_by_one,
    l02_kv_cache,
    m01_smaller_model,
    p01_row_loops,
    s01_boosting,
    t01_mixed_precision,
    t02_tf32,
    t03_no_grad,
    t04_channels_last,
    t05_compile,
    t09_checkpointing,
    t12_early_stopping,
    t13_leaks_syncs,
)

RULES: Final[tuple[Rule[Any, Any], ...]] = (
    l01_one_by_one.RULE,
    l02_kv_cache.RULE,
    m01_smaller_model.RULE,
    p01_row_loops.RULE,
    s01_boosting.RULE,
    t01_mixed_precision.RULE,
    t02_tf32.RULE,
    t03_no_grad.RULE,
    t04_channels_last.RULE,
    t05_compile.RULE,
    t09_checkpointing.RULE,
    t12_early_stopping.RULE,
    t13_leaks_syncs.RULE,
)
