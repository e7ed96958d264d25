"""What was used before: every finished record, one SQLite file per user and host."""

from greenlab.ledger.ledger import Ledger
from greenlab.ledger.ledger_warnings import full_disk
from greenlab.ledger.location import default_path
from greenlab.ledger.notebook_names import notebook_named

__all__ = ["Ledger", "default_path", "full_disk", "notebook_named"]
