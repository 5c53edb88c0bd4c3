"""AI services that are wrong in exactly one way, so that every check is seen to fail."""
