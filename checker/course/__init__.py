"""What an author writes and proves: exercises, their files and their claims."""
