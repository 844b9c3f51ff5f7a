"""The shop of the project."""
