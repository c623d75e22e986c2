"""The learner's command line: read, judged, expanded."""
