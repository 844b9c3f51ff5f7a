"""The formats of dates and times that differ from Django's."""
