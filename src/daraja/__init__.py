"""The M-Pesa Daraja API for Python: ask a phone for money, hear back, and never lose or double a payment."""
