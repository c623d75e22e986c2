"""One build, from its command to its evidence."""
