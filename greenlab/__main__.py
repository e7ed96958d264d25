"""`python -m greenlab`: the same as the command `greenlab`."""

import sys

from greenlab.cli import main

if __name__ == "__main__":
    sys.exit(main())
