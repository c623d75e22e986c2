"""One build, from its command to the Build that records it."""
