"""What `streamproof doctor` finds, with lines that are wrong in exactly one way."""
