"""How it is paid: M-Pesa through daraja."""
