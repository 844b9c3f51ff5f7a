"""What only ``demo.py`` needs; leave it out of a shop of your own."""
