"""`python -m tracte` is the `tracte` command."""

from tracte.config.cli import main

main()
