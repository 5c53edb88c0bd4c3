"""Files that people write: YAML with the place of every value, and errors that show it."""
