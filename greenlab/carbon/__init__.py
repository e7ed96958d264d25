"""What a joule emits: grid intensity by zone, offline; one intensity source per file."""

from greenlab.carbon.emitting import emissions, read_pue
from greenlab.carbon.resolving import resolve

__all__ = ["emissions", "read_pue", "resolve"]
