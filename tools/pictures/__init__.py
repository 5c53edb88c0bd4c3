"""The pictures in `docs/images`: `python -m tools.pictures` makes them, from the real pages.

They need Chromium, the fonts in `browser.FONTS`, and a machine with little other work: an answer
that streams late is late in the picture as well.
"""
