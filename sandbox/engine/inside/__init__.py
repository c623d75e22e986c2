"""The programs that run inside the engine's root file system: scripts and the lab's services.

Each start copies this folder to ``home/run/inside``. ``init.sh`` runs the copy as the package
``inside``, with the engine's own Python, which has only its standard library. The modules import
each other by relative imports, and nothing else of the lab. Large modules of the standard library
(``typing``, ``dataclasses``, ``hmac``) take memory, so the modules that are loaded at the start do
not import them. A service may, because it is loaded on first use.
"""
