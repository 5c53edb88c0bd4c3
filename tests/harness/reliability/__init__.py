"""Tests of `streamproof reliability`: its parts, and whole runs with real processes."""
