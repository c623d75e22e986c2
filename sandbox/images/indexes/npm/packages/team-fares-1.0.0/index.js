import { find } from "skerry-harbours";

export function fare(from, to) {
  return 200 + (Math.abs(find(from).place - find(to).place) % 700);
}
