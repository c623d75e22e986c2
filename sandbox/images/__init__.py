"""Base images, and the packages that they download: what they are made from, made, and served.

What they are made from: ``recipe`` (an image), ``index`` (a package index), ``sources`` (their
files), ``wheels`` (what comes from PyPI). What is made once for all sandboxes: ``store`` (where it
lies in the cache, and what is fetched for it), ``workshop`` (has the engine build it). What one
sandbox serves: ``shelf`` (images, in its registry), ``depot`` (package indexes, in its home).
And ``supply``: what a build needs of all that, before it begins.
"""
