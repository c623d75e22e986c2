package main; const greeting = "Not made yet."
