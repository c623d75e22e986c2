"""Prints the boats of today."""

from datetime import date

from skerry_timetable import departures

print("The boats of today (@lab-nonce@)")
for boat in departures(date.today()):
    print(f"{boat.minute // 60:02}:{boat.minute % 60:02}  {boat.origin:12} {boat.destination}")
