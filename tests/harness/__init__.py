"""The harness: what it reads, checks and says, and that every check can fail."""
