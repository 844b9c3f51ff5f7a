"""Make a QR code that a customer scans to pay an invoice.

python examples/products/qr.py [FILE]      writes the picture, invoice.png by default
"""

import sys
from pathlib import Path

from daraja import Daraja
from daraja.simulator import Engine
from daraja.testing import ManualClock, MountedDaraja, sample_config

clock = ManualClock()
daraja = Daraja(sample_config(), transport=MountedDaraja(Engine(), clock), clock=clock)

code = daraja.dynamic_qr(merchant="Duka Letu", amount=1_500, reference="INV 7")
file = Path(sys.argv[1] if sys.argv[1:] else "invoice.png")
file.write_bytes(code.png)
print(f"{file} shows a code for KES 1,500. The payment arrives by C2B, with the account INV 7.")
