"""M-Pesa Express, also called STK push: ask a phone for money, ask how it went, read the callback."""
