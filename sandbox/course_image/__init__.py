"""The course as one image: what builds it, and what its containers run first.

``make_image.py`` runs on the machine that makes the image. ``entry.py`` runs inside its containers,
first as root and then as the ordinary user ``lab``. ``given.py`` judges what a container was given.
"""
