"""Who buys: customers who log in with their e-mail address."""
