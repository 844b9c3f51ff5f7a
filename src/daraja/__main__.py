"""The command ``python -m daraja``."""

import sys

from daraja.cli import main

if __name__ == "__main__":
    sys.exit(main())
