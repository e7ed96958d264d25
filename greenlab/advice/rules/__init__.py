"""The catalogue: one rule a file, each named once here."""

from typing import Any, Final

from greenlab.advice.rule import Rule
from greenlab.advice.rules import (
    l01_one_by_one,
    l02_kv_cache,
    l03_padding,
    l04_one_gpu,
    m01_smaller_model,
    m02_closed_set,
    m05_search_cost,
    m06_tokens,
    n03_hardware_fit,
    p01_row_loops,
    s01_boosting,
    s02_grid_search,
    t01_mixed_precision,
    t03_no_grad,
    t06_loader_workers,
    t09_checkpointing,
    t10_frozen_backbone,
    t12_early_stopping,
    t13_leaks_syncs,
)

RULES: Final[tuple[Rule[Any, Any], ...]] = (
    l01_one_by_one.RULE,
    l02_kv_cache.RULE,
    l03_padding.RULE,
    l04_one_gpu.RULE,
    m01_smaller_model.RULE,
    m02_closed_set.RULE,
    m05_search_cost.RULE,
    m06_tokens.RULE,
    n03_hardware_fit.RULE,
    p01_row_loops.RULE,
    s01_boosting.RULE,
    s02_grid_search.RULE,
    t01_mixed_precision.RULE,
    t03_no_grad.RULE,
    t06_loader_workers.RULE,
    t09_checkpointing.RULE,
    t10_frozen_backbone.RULE,
    t12_early_stopping.RULE,
    t13_leaks_syncs.RULE,
)
