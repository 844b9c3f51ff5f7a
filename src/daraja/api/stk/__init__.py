"""M-Pesa Express, also called STK push: prompt a phone, query the result, read the callback."""
