"""What a joule emits: grid intensity by zone and time; one intensity source per file."""

from greenlab.carbon.grams import emissions
from greenlab.carbon.ranking import at
from greenlab.carbon.slots import Slot, Span
from greenlab.carbon.zone_lookup import resolve

__all__ = ["Slot", "Span", "at", "emissions", "resolve"]
