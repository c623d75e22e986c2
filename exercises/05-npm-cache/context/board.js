import { board } from "skerry-signs";
import { departures } from "skerry-timetable";

console.log("The boats of today (@lab-nonce@)");
console.log(board(departures(new Date())));
