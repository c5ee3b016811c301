import type { Report } from '../report.ts';

/**
 * Renders `series.csv`: the series of a report as a table (RFC 4180), a row for each second of the
 * load. The columns are named as in `report.json`, whose schema says what they count; where nothing
 * was measured the field is empty.
 */
export function renderSeries({ series }: Report): string {
  const columns = Object.entries(series);
  const rows = series.openStreams.map((_, second) => [
    second,
    ...columns.map(([, values]) => values[second] ?? ''),
  ]);
  // Names and numbers alone: no field needs quotes.
  return [['second', ...columns.map(([name]) => name)], ...rows]
    .map((row) => `${row.join(',')}\r\n`)
    .join('');
}
