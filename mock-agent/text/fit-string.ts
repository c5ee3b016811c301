import { drawInteger, drawOne, type Draw } from '../../proto/draws.ts';
import { numberOf, type Schema } from './json-schema.ts';

const words = ['lighthouse', 'harbour', 'morning tide', 'old carpenter', 'winter garden'] as const;

const cities = ['Lisbon', 'Nairobi', 'Oslo', 'Kyoto', 'Hangzhou'] as const;

/** What people expect in a property, by a word of its name. */
const byName: readonly (readonly [RegExp, (draw: Draw) => string])[] = [
  [/city|location|place|address/i, (draw) => drawOne(draw, cities)],
  [/country/i, (draw) => drawOne(draw, ['Portugal', 'Kenya', 'Norway', 'Japan', 'China'])],
  [/query|search|question/i, (draw) => `${drawOne(draw, words)} in ${drawOne(draw, cities)}`],
  [/e-?mail/i, drawEmail],
  [/url|uri|link/i, drawUri],
  [/date|day/i, drawDate],
  [/^name$|_name$|author|user/i, (draw) => drawOne(draw, ['Ada', 'Grace', 'Lin', 'Noor', 'Tomas'])],
  [/currency/i, (draw) => drawOne(draw, ['EUR', 'USD', 'CNY', 'JPY'])],
  [/lang/i, (draw) => drawOne(draw, ['en', 'zh', 'pt', 'ja'])],
  [/^id$|_id$|I[dD]$/, (draw) => drawHex(draw, 8)],
];

const byFormat: ReadonlyMap<unknown, (draw: Draw) => string> = new Map([
  ['date', drawDate],
  ['date-time', (draw: Draw) => `${drawDate(draw)}T${drawTime(draw)}`],
  ['time', drawTime],
  ['email', drawEmail],
  ['idn-email', drawEmail],
  ['uri', drawUri],
  ['url', drawUri],
  ['uri-reference', drawUri],
  ['uuid', drawUuid],
  ['hostname', (draw: Draw) => `${drawHex(draw, 6)}.example.com`],
  ['ipv4', (draw: Draw) => `192.0.2.${drawInteger(draw, 1, 254)}`],
  ['ipv6', (draw: Draw) => `2001:db8::${drawHex(draw, 4)}`],
]);

/**
 * Returns a text of the format of a schema, or a plausible one of its length.
 * @param mostChars more are not written, whatever the schema asks for
 */
export function drawString(schema: Schema, name: string, mostChars: number, draw: Draw): string {
  const format = byFormat.get(schema.format);
  if (format !== undefined) return format(draw).slice(0, mostChars);
  const plausible = byName.find(([pattern]) => pattern.test(name))?.[1](draw);
  const text = plausible ?? drawOne(draw, words);
  const fewest = Math.min(mostChars, Math.max(0, numberOf(schema.minLength) ?? 0));
  const most = Math.min(mostChars, Math.max(0, numberOf(schema.maxLength) ?? Infinity));
  const missing = Math.ceil(fewest) - text.length;
  const padded = missing > 0 ? text + ` ${text}`.repeat(Math.ceil(missing / text.length)) : text;
  return padded.slice(0, missing > 0 ? Math.ceil(fewest) : Math.floor(most));
}

function drawDate(draw: Draw): string {
  return `2026-${pad(drawInteger(draw, 1, 12))}-${pad(drawInteger(draw, 1, 28))}`;
}

function drawTime(draw: Draw): string {
  const [hours, minutes] = [drawInteger(draw, 0, 23), drawInteger(draw, 0, 59)];
  return `${pad(hours)}:${pad(minutes)}:${pad(drawInteger(draw, 0, 59))}Z`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

function drawEmail(draw: Draw): string {
  return `${drawOne(draw, ['ada', 'grace', 'lin', 'noor', 'tomas'])}@example.com`;
}

function drawUri(draw: Draw): string {
  return `https://example.com/${drawHex(draw, 6)}`;
}

/** Version 4. */
function drawUuid(draw: Draw): string {
  const variant = drawOne(draw, ['8', '9', 'a', 'b']);
  const [a, b, c] = [drawHex(draw, 8), drawHex(draw, 4), drawHex(draw, 3)];
  return `${a}-${b}-4${c}-${variant}${drawHex(draw, 3)}-${drawHex(draw, 12)}`;
}

function drawHex(draw: Draw, digits: number): string {
  return Array.from({ length: digits }, () => drawInteger(draw, 0, 15).toString(16)).join('');
}
