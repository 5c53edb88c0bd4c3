"""The command-line arguments that several commands share, one group per file."""
