"""What real clients make of every shipped scenario."""
