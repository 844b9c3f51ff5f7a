"""Money that is paid out: what may leave, and how each product of Daraja that moves it is asked."""
