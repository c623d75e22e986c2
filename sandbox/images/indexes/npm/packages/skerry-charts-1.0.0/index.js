import { readFileSync } from "node:fs";

const soundings = readFileSync(new URL("soundings.bin", import.meta.url));

export function depth(place) {
  return soundings[place % soundings.length] / 4;
}
