"""What a joule emits: grid intensity by zone, offline; one intensity source per file."""

from greenlab.carbon.emitting import emissions
from greenlab.carbon.resolving import resolve

__all__ = ["emissions", "resolve"]
