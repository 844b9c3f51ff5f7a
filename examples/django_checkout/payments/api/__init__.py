"""What other programs call: the JSON API and the address for Safaricom."""
