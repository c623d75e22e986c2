"""Parsers: from the text that Docker reads or prints to values."""

from sandbox.parse import flags, shell_words

__all__ = ["flags", "shell_words"]
