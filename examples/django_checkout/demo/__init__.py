"""Code for ``python demo`` only. Leave it out of your own shop."""
