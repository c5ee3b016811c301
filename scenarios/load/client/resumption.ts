import { isStreamed } from '../../../reports/sample.ts';
import { plural } from '../../../reports/quantity.ts';
import type { OutgoingRequest } from './load-client.ts';
import type { Ending, OpenStream } from './open-stream.ts';

/** The reconnection time of browsers, which a server changes with `retry`. */
export const usualRetryMs = 3000;

/** The longest delay of a timer. */
const longestDelayMs = 2 ** 31 - 1;

/**
 * Takes the end of a response, which may be that of a reconnect.
 *
 * As an EventSource, a stream that was cut or reset after an event with an id is resumed after that event. Its
 * outcome is then that of the last response. If no reconnect brings text, it is the outcome of the break.
 * @returns the pause before the next reconnect, in milliseconds, or the ending of the stream
 */
export function takeBreak(stream: OpenStream, ending: Ending): Ending | { retryMs: number } {
  const { body, reconnects } = stream;
  const isBreak = ending.outcome === 'cut' || ending.outcome === 'reset';
  if (reconnects === null || body?.kind !== 'stream' || !isBreak) return ending;
  const { lastEventId, retryMs, arrivals } = body.reading;
  if (lastEventId === '') return ending;
  const reason = reconnects.isPending ? ending.detail : '';
  if (reconnects.broken === null || arrivals.length > reconnects.texts) {
    reconnects.broken = ending;
    reconnects.texts = arrivals.length;
  }
  if (reconnects.count === reconnects.most) return unmended(stream, reason, ending.atMs);
  reconnects.isPending = true;
  return { retryMs: Math.min(retryMs ?? usualRetryMs, longestDelayMs) };
}

/**
 * Takes the head of the response to a reconnect.
 * @returns the ending of the stream unless the response is a stream, after which an EventSource does not reconnect
 */
export function takeResumedHead(
  stream: OpenStream,
  head: { status: number; contentType: string | null },
  atMs: number,
): Ending | null {
  const { body, reconnects } = stream;
  if (reconnects === null || body?.kind !== 'stream') return null;
  if (isStreamed(head)) {
    reconnects.isPending = false;
    body.reopen();
    return null;
  }
  const isOther = head.status >= 200 && head.status < 300 && head.status !== 204;
  const reason = isOther
    ? `content type ${head.contentType ?? 'missing'}`
    : `status ${head.status}`;
  return unmended(stream, reason, atMs);
}

/** Returns the request that resumes a stream, and counts it. */
export function resumedRequest(stream: OpenStream, request: OutgoingRequest): OutgoingRequest {
  const { body, reconnects } = stream;
  if (reconnects !== null) reconnects.count += 1;
  const lastEventId = body?.kind === 'stream' ? body.reading.lastEventId : '';
  return { ...request, headers: { ...request.headers, 'last-event-id': lastEventId } };
}

/** Returns the ending of a stream that no reconnect mended: that of its break, with the reason of the last attempt. */
function unmended({ reconnects }: OpenStream, reason: string, atMs: number): Ending {
  const { outcome, detail } = reconnects?.broken ?? { outcome: 'cut', detail: '' };
  const count = reconnects?.count ?? 0;
  const attempts = count === 0 ? '' : `, ${plural(count, 'reconnect')}`;
  return { outcome, detail: detail + attempts + (reason === '' ? '' : `: ${reason}`), atMs };
}
