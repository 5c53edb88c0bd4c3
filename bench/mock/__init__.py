"""What the mock AI service costs and how exactly it keeps time, beside peers and the limit."""
