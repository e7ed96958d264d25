"""The catalogue: one rule a file, each named once here."""

from typing import Any, Final

from greenlab.advice.rule import Rule
from greenlab.advice.rules import (
    l01_one_by_one,
    m01_smaller_model,
    s01_boosting,
    t01_mixed_precision,
    t03_no_grad,
    t09_checkpointing,
)

RULES: Final[tuple[Rule[Any, Any], ...]] = (
    t01_mixed_precision.RULE,
    t03_no_grad.RULE,
    t09_checkpointing.RULE,
    m01_smaller_model.RULE,
    l01_one_by_one.RULE,
    s01_boosting.RULE,
)
