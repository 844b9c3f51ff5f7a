"""Code for ``demo.py`` only. Leave it out of your own shop."""
