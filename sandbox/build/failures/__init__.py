"""Explains a failed build: the line, the likely cause and the next step.

``explanation`` asks one module after the other, each of which knows one kind of failure. The
messages are those of BuildKit 0.25 and buildx 0.29; the unit tests have them word by word.
"""
