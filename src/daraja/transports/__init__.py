"""How requests leave the machine: a file for each HTTP library."""
