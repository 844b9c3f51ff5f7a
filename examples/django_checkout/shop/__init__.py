"""The Django project: its settings, its address map and the ways in."""
