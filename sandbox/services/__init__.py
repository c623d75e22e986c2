"""What the sandbox offers beside its engine, as handles for those who use it.

The programs behind them run inside: see ``sandbox.engine.inside``.
"""
