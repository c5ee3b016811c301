import { GenerateError } from './generate-error.ts';
import type { Stop } from './stop.ts';

/**
 * Returns whether a `Content-Type` is an event stream, in any case and with any parameters (RFC 9110,
 * 8.3.1). A proxy may have added a second value.
 */
export function isEventStream(contentType: string): boolean {
  return /^text\/event-stream[\t ]*(?:[;,]|$)/i.test(contentType);
}

/** Returns the error for a response without a stream. */
export async function readRefusal(response: Response, stop: Stop): Promise<GenerateError> {
  const { status } = response;
  const json: unknown = await stop.race(response.json()).catch(() => null);
  const body: Record<string, unknown> = Object(json);
  const field = (name: string): string | undefined => {
    const value = body[name];
    return typeof value === 'string' ? value : undefined;
  };
  const details = field('details');
  const message = [`HTTP ${status}`, field('error'), details].filter(Boolean).join(': ');
  return new GenerateError('http', message, {
    text: '',
    status,
    code: field('code'),
    details,
    retryAfterMs: retryAfterMs(response.headers.get('Retry-After'), Date.now()),
  });
}

/**
 * Returns a `Retry-After` in milliseconds; undefined for an invalid value. It is a number of seconds or an
 * HTTP date (RFC 9110, 10.2.3).
 */
export function retryAfterMs(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const dateMs = parseHttpDate(value, nowMs);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

/**
 * Parses the three forms of an HTTP date (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`,
 * `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`, which is UTC too. Returns NaN for
 * anything else. `Date.parse` alone accepts "1.5", and differs between browsers.
 */
function parseHttpDate(value: string, nowMs: number): number {
  const inOrder = value.replace(
    /^\w{3} (\w{3}) ([ \d]\d) (\S{8}) (\d{4})$/,
    (_, month: string, day: string, time: string, year: string) =>
      `, ${day.replace(' ', '0')} ${month} ${year} ${time} GMT`,
  );
  const [, day, month, year, time] =
    /^\w*, (\d\d)[ -](\w{3})[ -](\d{4}|\d\d) (\d\d:\d\d:\d\d) GMT$/.exec(inOrder) ?? [];
  return Date.parse(`${day} ${month} ${fullYear(Number(year), nowMs)} ${time} GMT`);
}

/** Two digits that would be more than 50 years ahead mean the previous century. */
function fullYear(year: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const inCentury = year < 100 ? year + thisYear - (thisYear % 100) : year;
  return year < 100 && inCentury > thisYear + 50 ? inCentury - 100 : inCentury;
}
