"""Products and services the company sells."""
