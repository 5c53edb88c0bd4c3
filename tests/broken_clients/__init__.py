"""Clients of the AI service that are wrong in exactly one way, so that every check fails once.

`python -m tests.broken_clients NAME` runs one of them; `sound` is right.
"""
