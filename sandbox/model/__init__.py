"""Frozen values of a build and what can be computed from them."""
