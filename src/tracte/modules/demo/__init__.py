"""An invented firm with eighteen months of work behind it, to try Tracte with."""
