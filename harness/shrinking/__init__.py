"""Makes a scenario file smaller as long as it shows the same failure."""
