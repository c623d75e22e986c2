"""Parsers: from the text that Docker reads or prints to values."""
