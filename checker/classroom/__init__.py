"""A class: many submissions, graded into a grade book that can be defended."""
