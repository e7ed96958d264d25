"""What was used before: every finished record, one SQLite file per user and host."""

from greenlab.ledger.ledger import Ledger
from greenlab.ledger.location import default_path
from greenlab.ledger.notebook_names import notebook_named
from greenlab.ledger.problems import full_disk

__all__ = ["Ledger", "default_path", "full_disk", "notebook_named"]
