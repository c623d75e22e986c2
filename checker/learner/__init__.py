"""What a learner has and has done: the work folder, attempts, hints."""
