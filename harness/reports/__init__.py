"""Reports: each takes the one result object and says it in its own form."""
