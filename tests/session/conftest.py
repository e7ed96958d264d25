"""Records of the tests' own process must not hold those of the processes that tests start."""

import gc

import pytest

from greenlab.session import close_current
from greenlab.session.weighed_time import WeighedTime


@pytest.fixture(autouse=True, scope="module")
def nobody_else_weighs():
    """Close what other tests in this process left open: children would count in it."""
    close_current()
    gc.collect()
    for one in gc.get_objects():
        if type(one) is WeighedTime:
            one.close()
