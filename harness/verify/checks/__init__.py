"""The checks of `verify`, one family per file, and the catalogue of all of them."""
