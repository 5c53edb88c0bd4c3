"""From a received request to its reply: runs, the choice of a scenario, two ways to serve."""
