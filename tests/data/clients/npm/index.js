import { departures } from "skerry-timetable";
import { board } from "skerry-signs";
console.log(board(departures(new Date("2025-06-15"))));
