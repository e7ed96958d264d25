"""The catalogue: one rule a file, each named once here."""

from typing import Any, Final

from greenlab.advice.rule import Rule
from greenlab.advice.rules import (
    l01_one_by_one,
    l02_kv_cache,
    l03_padding,
    m01_smaller_model,
    m06_tokens,
    s01_boosting,
    t01_mixed_precision,
)

RULES: Final[tuple[Rule[Any, Any], ...]] = (
    t01_mixed_precision.RULE,
    m01_smaller_model.RULE,
    m06_tokens.RULE,
    l01_one_by_one.RULE,
    l02_kv_cache.RULE,
    l03_padding.RULE,
    s01_boosting.RULE,
)
