"""The services that a sandbox has beside its engine, as Python objects to control them.

The programs of the services run inside the sandbox: see ``sandbox.engine.inside``.
"""
