import { left } from "skerry-pad";

export function board(departures) {
  return departures.map((one) => `${one.at}  ${left(one.from, 12)} ${one.to}`).join("\n");
}
