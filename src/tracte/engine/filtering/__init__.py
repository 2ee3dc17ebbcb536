"""Building filters: what one can filter by, how a condition is taken apart into lines and put together again."""
