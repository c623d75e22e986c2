"""`checker watch`: grade on every save."""
