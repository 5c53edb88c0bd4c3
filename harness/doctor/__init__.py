"""What stands between a page and its stream: what `streamproof doctor` asks, judges and advises."""
