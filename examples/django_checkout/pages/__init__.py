"""What a customer sees in the browser."""
