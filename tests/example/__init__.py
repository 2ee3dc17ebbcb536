"""A module of one file, as a newcomer would write it: everything must follow from it."""
