"""What runs inside the engine's root file system: scripts, and the sandbox's own services.

A start copies this folder to ``home/run/inside``, where ``init.sh`` runs it as the package
``inside``, with the engine's own Python and nothing beside its standard library. So its
modules import each other relatively, and nothing else of the lab. What is large and stays in
memory (``typing``, ``dataclasses``, ``hmac``) only those of the CI cache import, which few
sandboxes ever load.
"""
