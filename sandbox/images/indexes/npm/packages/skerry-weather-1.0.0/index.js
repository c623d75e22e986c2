import { force } from "skerry-winds";

export const MOST = 8;

export function sails(date, minute) {
  const hour = Math.floor(date.getTime() / 3600000 + minute / 60);
  return force(hour) <= MOST;
}
