"""The pytest plugin: the mock and a relay as fixtures, and scenario files as tests.

`plugin` is what pytest loads in every run, so it imports nothing but pytest; the rest is imported
when a test uses it.
"""
