"""What is exported comes from a ledger, as in `tests/ledger`."""

from tests.ledger.conftest import ledger, path

__all__ = ["ledger", "path"]
