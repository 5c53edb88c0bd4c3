"""The report as one HTML file that loads nothing and needs no JavaScript."""
