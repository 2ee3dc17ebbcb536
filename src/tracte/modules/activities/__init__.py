"""Notes: what was said and done about records."""
