"""Values that check and hide themselves: phone numbers, amounts, references, secrets, times, JSON."""
