"""Recordings: masked, written down, and read again from other tools' files."""
