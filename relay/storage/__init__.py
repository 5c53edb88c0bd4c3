"""What the relay stores: tables, the one place that commits, and the queries."""
