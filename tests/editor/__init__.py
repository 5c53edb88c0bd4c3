"""The scenario format as an editor shows it."""
