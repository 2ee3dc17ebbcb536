"""The pytest plug-in of the test kit."""
