"""Joules per source line: samples of the stack, charged by the meter's own timeline.

`sampler.py` looks at the stack of the code that is weighed, `samples.py` adds up what it saw,
`charge.py` makes joules of it once the window is measured. Nothing of the user's is kept:
names, numbers and texts alone.
"""

from greenlab.lines.sampler import Sampler, Watched
from greenlab.lines.user_code import UserCode

__all__ = ["Sampler", "UserCode", "Watched"]
