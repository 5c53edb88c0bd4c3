"""Command-line arguments that several commands share, one group in each file."""
