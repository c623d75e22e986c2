"""Explains a failed build: the line, the likely cause and the next step.

``explain`` asks one module after the other, each of which knows one kind of failure. The
messages are those of BuildKit 0.25 and buildx 0.29. ``tests/data/record_failures.py`` makes builds
that fail and records the messages: begin there to explain another failure.
"""
