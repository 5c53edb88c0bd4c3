"""Programs for contributors; `./run` starts them."""
