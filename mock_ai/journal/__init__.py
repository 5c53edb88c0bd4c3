"""What the mock remembers: requests with their replies, and deliveries reported from downstream."""
