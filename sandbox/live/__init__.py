"""A build while it runs, as values: its state, its plan, its messages."""
