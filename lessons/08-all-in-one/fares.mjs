import { fare } from "@team/fares";

const trips = [
  ["Skerry", "Holm"],
  ["Holm", "Little Holm"],
  ["Skerry", "Vannes"],
  ["Vannes", "Skerry"],
  ["Holm", "Skerry"],
];
for (const [from, to] of trips) {
  console.log([from, to, fare(from, to)].join("\t"));
}
