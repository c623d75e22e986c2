import { board } from "skerry-signs";
import { departures } from "skerry-timetable";

console.log(board(departures(new Date())));
