import { right } from "skerry-pad";

export function minutes(time) {
  const [hour, minute] = time.split(":").map(Number);
  return hour * 60 + minute;
}

export function time(minutes) {
  const day = ((minutes % 1440) + 1440) % 1440;
  const two = (number) => right(number, 2).replace(" ", "0");
  return `${two(Math.floor(day / 60))}:${two(day % 60)}`;
}
