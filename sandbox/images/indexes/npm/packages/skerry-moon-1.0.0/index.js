const MONTH_DAYS = 29.530588;
const NEW_MOON = Date.UTC(2000, 0, 6, 18, 14);

export function age(date) {
  const days = (date.getTime() - NEW_MOON) / 86400000;
  return ((days % MONTH_DAYS) + MONTH_DAYS) % MONTH_DAYS;
}
