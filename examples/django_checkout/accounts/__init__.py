"""Customers, who log in with their e-mail address."""
