"""A stock Django project with daraja in it: what ``startproject`` makes, and the five lines."""
