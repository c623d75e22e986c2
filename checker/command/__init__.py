"""Reads the learner's command line, checks it, and expands its variables."""
