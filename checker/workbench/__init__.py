"""What the checks of one grading measure with: a build context, builds, images."""
