"""What a joule emits: grid intensity by zone and time; one intensity source per file."""

from greenlab.carbon.emitting import emissions
from greenlab.carbon.ranking import at
from greenlab.carbon.resolving import resolve
from greenlab.carbon.slots import Slot, Span

__all__ = ["Slot", "Span", "at", "emissions", "resolve"]
