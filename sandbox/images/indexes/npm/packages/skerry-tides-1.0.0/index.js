import { depth } from "skerry-charts";
import { age } from "skerry-moon";

// Minutes past midnight of the first high water.
export function highWater(date) {
  return Math.round((age(date) * 50.47 + 96) % 745);
}

export function depthAt(place, date, minute) {
  const phase = ((minute - highWater(date)) / 745) * 2 * Math.PI;
  return depth(place) + 2 * Math.cos(phase);
}
