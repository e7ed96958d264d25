"""The catalogue: one rule a file, each named once here."""

from typing import Any, Final

from greenlab.advice.rule import Rule
from greenlab.advice.rules import s01_boosting

RULES: Final[tuple[Rule[Any, Any], ...]] = (s01_boosting.RULE,)
