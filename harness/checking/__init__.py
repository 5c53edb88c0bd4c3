"""What a check is, and how a stream is checked against its contract."""
