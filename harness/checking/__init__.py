"""What a check is, and the rules of a stream contract as checks."""
