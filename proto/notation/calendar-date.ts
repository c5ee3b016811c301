/** Whether the calendar has a date of the form `2026-01-31`; `Date.parse` takes 31 November for 1 December. */
export function isCalendarDate(text: string): boolean {
  const midnight = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(`${text}T`);
}
