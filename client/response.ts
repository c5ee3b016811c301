import { GenerateError } from './generate-error.ts';
import type { Stop } from './stop.ts';

/**
 * Whether a `Content-Type` is that of an event stream: in any case, with any parameters (RFC 9110, 8.3.1),
 * and twice where a proxy added its own.
 */
export function isEventStream(contentType: string): boolean {
  return /^text\/event-stream[\t ]*(?:[;,]|$)/i.test(contentType);
}

/** Returns the error for an HTTP status other than that of a stream. */
export async function readRefusal(response: Response, stop: Stop): Promise<GenerateError> {
  const { status } = response;
  const body: unknown = await stop.race(response.json()).catch(() => null);
  const field = (name: string): string | undefined => {
    const value: unknown =
      typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
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

/** Seconds, or a date in one of its three forms (RFC 9110, 10.2.3); undefined for anything else. */
export function retryAfterMs(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const dateMs = parseHttpDate(value, nowMs);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

/**
 * Reads an HTTP date (RFC 9110, 5.6.7) in each of its forms: `Sun, 06 Nov 1994 08:49:37 GMT`,
 * `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`, which is in UTC as well. NaN for
 * anything else, where `Date.parse` would take "1.5" for a date, and differs between browsers.
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

/** Two digits that would be more than 50 years ahead belong to the century before. */
function fullYear(year: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const inCentury = year < 100 ? year + thisYear - (thisYear % 100) : year;
  return year < 100 && inCentury > thisYear + 50 ? inCentury - 100 : inCentury;
}
