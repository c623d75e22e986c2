"""The course as one image: what builds it, and what its containers run first.

``build.py`` runs on the machine that makes the image, ``entry.py`` inside its containers, first as
root and then as the ordinary user ``lab``. ``container.py`` judges what a container was given.
"""
