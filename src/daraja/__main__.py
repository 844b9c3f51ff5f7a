"""The command ``python -m daraja``."""

import sys

from daraja.cli import main

sys.exit(main())
