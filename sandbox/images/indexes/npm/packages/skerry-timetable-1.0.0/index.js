import { minutes, time } from "skerry-clock";
import { find } from "skerry-harbours";
import { depthAt } from "skerry-tides";
import { sails } from "skerry-weather";

const BOATS = [
  ["06:40", "Skerry", "Holm"],
  ["07:15", "Holm", "Little Holm"],
  ["09:05", "Skerry", "Vannes"],
  ["13:30", "Vannes", "Skerry"],
  ["17:50", "Holm", "Skerry"],
];

export function departures(date) {
  return BOATS.map(([at, from, to]) => {
    const minute = minutes(at);
    const metres = depthAt(find(from).place, date, minute);
    return { at: time(minute), from, to, metres, sails: sails(date, minute) };
  });
}
