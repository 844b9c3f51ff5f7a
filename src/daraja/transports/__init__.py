"""How requests leave the machine: a room per HTTP library."""
