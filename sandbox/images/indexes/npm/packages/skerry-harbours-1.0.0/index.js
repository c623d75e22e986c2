export const harbours = [
  { name: "Skerry", place: 104 },
  { name: "Holm", place: 2731 },
  { name: "Little Holm", place: 2790 },
  { name: "Vannes", place: 90211 },
];

export function find(name) {
  const harbour = harbours.find((one) => one.name === name);
  if (!harbour) throw new Error(`there is no harbour ${name}`);
  return harbour;
}
