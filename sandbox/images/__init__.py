"""Base images and package indexes: their sources, how they are made, and where they are served.

Sources: ``recipe`` (of an image), ``index`` (of a package index), ``sources`` (their files),
``wheels`` (packages from PyPI). Made once for all sandboxes: ``image_cache`` (the cache, and
the downloads for an image), ``internal_build`` (builds with the engine). Served by one sandbox:
``base_images`` (in its registry), ``package_indexes`` (in its home). ``ensure`` makes ready
what a build needs.
"""
