"""The tables of this module are in the records room (people, firm), which needs them itself."""
