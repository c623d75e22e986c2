"""Base images and package indexes: their sources, how they are made, and how they are served.

Sources: ``recipe`` (of an image), ``index`` (of a package index), ``sources`` (the files of both),
``wheels`` (downloads from PyPI).

Made once for all sandboxes: ``image_cache`` (paths in the cache, and downloads), ``internal_build``
(builds by the engine).

Served by each sandbox: ``base_images`` (from its registry), ``package_indexes`` (from its home),
``ensure`` (provides the base images that a build needs before the build begins).
"""
