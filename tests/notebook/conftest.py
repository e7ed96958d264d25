from __future__ import annotations

import os

import pytest

from tests.notebook.kernel import Kernel


@pytest.fixture(scope="module")
def shared_kernel(tmp_path_factory):
    """One kernel for the tests of a module, with greenlab loaded."""
    ledger = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    kernel = Kernel(dict(os.environ, GREENLAB_LEDGER=str(ledger), GREENLAB_ZONE="FR"))
    kernel.ledger = ledger
    assert kernel.run("%load_ext greenlab").status == "ok"
    yield kernel
    kernel.stop()


@pytest.fixture
def kernel(own_ledger):
    """A fresh kernel, greenlab not loaded."""
    kernel = Kernel(dict(os.environ))
    kernel.ledger = own_ledger
    yield kernel
    kernel.stop()
