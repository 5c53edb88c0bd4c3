"""Record real exchanges, mask their secrets, and write them as scenario files."""
