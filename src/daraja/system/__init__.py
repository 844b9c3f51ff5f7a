"""The machine underneath: its clock, its threads and its forks."""
