"""What was used before: every finished record, one SQLite file per user and host."""

from greenlab.ledger.ledger import Ledger
from greenlab.ledger.naming import notebook_named
from greenlab.ledger.trouble import full_disk
from greenlab.ledger.where import default_path

__all__ = ["Ledger", "default_path", "full_disk", "notebook_named"]
