"""A reply under way: who writes it when, how it ends, and what the journal keeps of it."""
