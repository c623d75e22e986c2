"""Programs that run inside the engine's root file system: scripts, and the sandbox's services.

A start copies this folder to ``home/run/inside``, where ``init.sh`` runs it as the package
``inside``, with the engine's own Python and its standard library alone. So its modules import
each other relatively, and nothing else of the lab. Only the modules of the CI cache, which few
sandboxes load, import large modules (``typing``, ``dataclasses``, ``hmac``).
"""
