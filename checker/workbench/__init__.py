"""The tools of a grading's checks: a build context, builds, images."""
