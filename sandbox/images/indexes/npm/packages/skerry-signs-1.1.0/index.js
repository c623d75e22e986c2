import { left } from "skerry-pad";

export function board(departures) {
  const line = (one) =>
    `${one.at}  ${left(one.from, 12)} ${left(one.to, 12)} ${one.sails ? "" : "stays in"}`;
  return departures.map((one) => line(one).trimEnd()).join("\n");
}
