import type { Clause } from '../clause.ts';
import { departed, firstDeviation, kept, notTestable, type Judgement } from '../judgement.ts';
import type { Numbers } from '../numbers.ts';
import { failureDetails } from '../probes.ts';
import type { Seen } from '../seen.ts';
import {
  errorsOf,
  fieldsOf,
  messagesOf,
  ofStream,
  placeOf,
  shorten,
  textOf,
} from './stream-facts.ts';

/** The code of a failed generation (C3). */
const generationError = 'GENERATION_ERROR';

/** How far a ping or the end of a stream may be from its time. */
const toleranceOf = (ms: number, { ownLatenessMs }: Seen): number =>
  Math.max(ms * 0.1, 400) + ownLatenessMs;

/** How much longer than the stream its call may last, so that the gateway's own limit always comes first. */
const graceMs = 2000;

/** C: errors and liveness. */
export const errorClauses: readonly Clause[] = [
  {
    id: 'C1',
    title: 'an error of the agent ends the stream',
    says: 'An error of the agent ends the stream with one `event: error`; no message follows.',
    probes: ['error-later', 'error-field'],
    judge: (seen) =>
      firstDeviation(
        [
          ofStream(seen('error-later')[0], (each) => endsInError(each, 'the gRPC status INTERNAL')),
          ofStream(seen('error-field')[0], (each) => endsInError(each, 'a chunk with an error')),
        ],
        'one error event at the end, for a status and for a chunk with an error',
      ),
  },
  {
    id: 'C2',
    title: 'text before an error is delivered',
    says: 'Text received before the error is delivered first.',
    probes: ['error-later', 'error-field'],
    judge: (seen) =>
      firstDeviation(
        [...seen('error-later'), ...seen('error-field')].map((each) =>
          ofStream(each, textBeforeError),
        ),
        'all text, before a status and before a chunk with an error',
      ),
  },
  {
    id: 'C2-reading',
    title: 'text in the buffer is delivered before an error',
    says: 'Nothing that was received is lost: what is still in the buffer when the error comes is delivered first.',
    probes: ['error-at-once', 'error-field-at-once'],
    judge: (seen) =>
      firstDeviation(
        [...seen('error-at-once'), ...seen('error-field-at-once')].map((each) =>
          ofStream(each, textBeforeError),
        ),
        'all text, six times',
      ),
  },
  {
    id: 'C3',
    title: 'the data of an error',
    says: 'Error data: `{"error": human text, "code": "GENERATION_ERROR", "details": cause}`.',
    probes: ['error-later', 'error-field'],
    judge: (seen) =>
      firstDeviation(
        [...seen('error-later'), ...seen('error-field')].map((each) => ofStream(each, errorData)),
        'for a status and for a chunk with an error',
      ),
  },
  {
    id: 'C3-reading',
    title: 'other causes have codes of their own',
    says: '`GENERATION_ERROR` is the code of a failed generation; an agent that is unavailable or overloaded has a code of its own.',
    probes: ['unavailable-later', 'exhausted-later'],
    judge: (seen) =>
      firstDeviation(
        [
          ofStream(seen('unavailable-later')[0], (each) => ownCode(each, 'UNAVAILABLE')),
          ofStream(seen('exhausted-later')[0], (each) => ownCode(each, 'RESOURCE_EXHAUSTED')),
        ],
        'UNAVAILABLE and RESOURCE_EXHAUSTED have codes of their own',
      ),
  },
  {
    id: 'C4',
    title: 'pings',
    says: '`event: ping`, `data: {"timestamp": unix seconds}` every 15 seconds while the stream is open.',
    probes: ['pings'],
    judge: (seen, numbers) => ofStream(seen('pings')[0], (each) => pinged(each, numbers)),
  },
  {
    id: 'C5',
    title: 'a stream is limited to 2 minutes',
    says: "A stream is limited to 2 minutes in all, at the server: as the deadline of the agent's call, and in what the client gets.",
    probes: ['limit'],
    judge: (seen, numbers) => ofStream(seen('limit')[0], (each) => limited(each, numbers)),
  },
];

function endsInError({ response }: Seen, cause: string): Judgement {
  const [error, second] = errorsOf(response);
  if (error === undefined) {
    return departed({
      expected: `an event error after ${cause}`,
      seen: `none in ${response.events.length} events; the response is ${response.end}`,
      at: { ms: Math.round(response.endAtMs) },
    });
  }
  const after = response.events.find(
    ({ event, from }) => from > error.from && (event === 'message' || event === 'error'),
  );
  const wrong = after ?? second ?? messagesOf(response).find(({ isFinal }) => isFinal);
  if (wrong !== undefined) {
    return departed({
      expected: `one event error, and no final message, after ${cause}`,
      seen: shorten(`event ${wrong.event}, data ${wrong.data}`),
      ...placeOf(response, wrong),
    });
  }
  return response.end === 'complete'
    ? kept('one, at the end')
    : departed({
        expected: 'the end of the response after the error',
        seen: `the response is ${response.end}`,
        at: { ms: Math.round(response.endAtMs) },
      });
}

function textBeforeError({ response, calls }: Seen): Judgement {
  const [error] = errorsOf(response);
  if (error === undefined) return notTestable('the stream has no error event');
  const sent = (calls[0]?.plan.chunks ?? []).map(({ delta }) => delta).join('');
  const received = textOf(messagesOf(response).filter(({ from }) => from < error.from));
  return received === sent
    ? kept(`all ${sent.length} characters`)
    : departed({
        expected: `the ${sent.length} characters that the agent sent before its error`,
        seen: `${received.length} of them`,
        ...placeOf(response, error),
      });
}

function errorData({ response }: Seen): Judgement {
  const [error] = errorsOf(response);
  if (error === undefined) return notTestable('the stream has no error event');
  const { error: words, code, details } = fieldsOf(error);
  const isRight =
    typeof words === 'string' &&
    words !== '' &&
    code === generationError &&
    typeof details === 'string' &&
    details.includes(failureDetails);
  return isRight
    ? kept(shorten(error.data))
    : departed({
        expected: `{"error":"…","code":"${generationError}","details":"…${failureDetails}…"}`,
        seen: shorten(error.data),
        ...placeOf(response, error),
      });
}

function ownCode({ response }: Seen, status: string): Judgement {
  const [error] = errorsOf(response);
  if (error === undefined) return notTestable('the stream has no error event');
  const { code } = fieldsOf(error);
  return typeof code === 'string' && code !== '' && code !== generationError
    ? kept(code)
    : departed({
        expected: `a code of its own for ${status}`,
        seen: shorten(error.data),
        ...placeOf(response, error),
      });
}

function pinged(seen: Seen, { pingIntervalMs }: Numbers): Judgement {
  const { response } = seen;
  const pings = response.events.filter(({ event }) => event === 'ping');
  const startMs = response.headAtMs ?? 0;
  for (const [index, ping] of pings.entries()) {
    const { timestamp } = fieldsOf(ping);
    if (Number.isInteger(timestamp) && Math.abs(Number(timestamp) * 1000 - Date.now()) < 600_000) {
      continue;
    }
    return departed({
      expected: `data {"timestamp": unix seconds} in ping ${index + 1}`,
      seen: shorten(ping.data),
      ...placeOf(response, ping),
    });
  }
  for (const count of [1, 2]) {
    const dueMs = startMs + count * pingIntervalMs;
    const ping = pings[count - 1];
    const offMs = ping === undefined ? Infinity : Math.abs(ping.atMs - dueMs);
    if (offMs <= toleranceOf(pingIntervalMs, seen)) continue;
    return departed({
      expected: `ping ${count} at ${seconds(dueMs)} (the first during text, the second during silence)`,
      seen:
        ping === undefined
          ? `${pings.length} pings in ${seconds(response.endAtMs)}; the response is ${response.end}`
          : `at ${seconds(ping.atMs)}`,
      at: { ms: Math.round(ping?.atMs ?? dueMs) },
    });
  }
  return pings.length === 2
    ? kept(`at ${pings.map(({ atMs }) => seconds(atMs)).join(' and ')}`)
    : departed({
        expected: `2 pings in ${seconds(response.endAtMs)}`,
        seen: `${pings.length}: at ${pings.map(({ atMs }) => seconds(atMs)).join(', ')}`,
      });
}

function limited(seen: Seen, { streamLimitMs }: Numbers): Judgement {
  const { response, calls } = seen;
  const [call] = calls;
  const toleranceMs = toleranceOf(streamLimitMs, seen);
  if (call === undefined) return notTestable('the agent saw no call');
  const { deadlineMs } = call;
  const isNear =
    deadlineMs !== null &&
    deadlineMs >= streamLimitMs - toleranceMs &&
    deadlineMs <= streamLimitMs + toleranceMs + graceMs;
  if (!isNear) {
    return departed({
      expected: `a deadline of the agent's call after ${seconds(streamLimitMs)}`,
      seen: deadlineMs === null ? 'no deadline' : `a deadline after ${seconds(deadlineMs)}`,
    });
  }
  return response.end !== 'open' && Math.abs(response.endAtMs - streamLimitMs) <= toleranceMs
    ? kept(`deadline after ${seconds(deadlineMs)}, end after ${seconds(response.endAtMs)}`)
    : departed({
        expected: `the end of the stream after ${seconds(streamLimitMs)}`,
        seen:
          response.end === 'open'
            ? `still open after ${seconds(response.endAtMs)}`
            : `the response is ${response.end} after ${seconds(response.endAtMs)}`,
        at: { ms: Math.round(response.endAtMs) },
      });
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
