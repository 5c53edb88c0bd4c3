"""Reports: the result of a run, and its forms as text and as JSON."""
