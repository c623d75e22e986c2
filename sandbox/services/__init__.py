"""Handles for the services that a sandbox offers beside its engine.

The services themselves run inside the sandbox: see ``sandbox.engine.inside``.
"""
