"""Files that people write: YAML with the position of every value, and errors that show it."""
