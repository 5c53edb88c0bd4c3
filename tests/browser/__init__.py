"""The pages in a real browser; skipped where there is none, unless REQUIRE_BROWSER=1 is set."""
