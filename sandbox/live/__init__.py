"""A running build as values: its state, its layout, and its messages for the browser."""
