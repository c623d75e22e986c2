import { readFileSync } from "node:fs";

const winds = readFileSync(new URL("winds.bin", import.meta.url));

export function force(hour) {
  return winds[hour % winds.length] % 10;
}
