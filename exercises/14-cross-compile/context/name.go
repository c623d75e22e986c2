package main

// Every buoy has a name of its own; the checker gives it a new one each time.
const name = "@lab-nonce@"
