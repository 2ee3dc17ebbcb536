"""Importing: files of other programs read through a scenario into one change set that can be undone."""
