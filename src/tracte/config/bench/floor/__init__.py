"""The floor: what a bare Django application would do for the same page. No rights, no history, no custom fields."""
