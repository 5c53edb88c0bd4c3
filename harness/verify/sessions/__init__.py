"""Sessions: what only several turns, users or connections show. One file for each kind."""
