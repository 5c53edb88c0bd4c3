"""Recorded exchanges: what passed by, made safe to keep, written down as a scenario file."""
