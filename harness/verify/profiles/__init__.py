"""Profiles: how the stream of a backend reads for its page, whatever dialect it is in."""
