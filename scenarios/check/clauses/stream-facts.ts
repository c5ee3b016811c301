import { deviation, notTestable, type Deviation, type Judgement } from '../judgement.ts';
import type { Seen, SeenEvent, SeenResponse } from '../seen.ts';

/** An event `message` whose data has the specified types (B2). */
export interface SeenMessage extends SeenEvent {
  delta: string;
  isFinal: boolean;
}

export const streamType = 'text/event-stream';

export function headerOf({ headers }: SeenResponse, name: string): string | undefined {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

/** Whether the response is a stream, of whatever quality. */
export function isStream(response: SeenResponse): boolean {
  const type = headerOf(response, 'content-type') ?? '';
  return response.status === 200 && type.toLowerCase().startsWith(streamType);
}

/** Returns the messages that follow B2; B2 itself judges the others. */
export function messagesOf({ events }: Pick<SeenResponse, 'events'>): SeenMessage[] {
  return events.flatMap((event) => {
    const { delta, isFinal } = fieldsOf(event);
    return event.event === 'message' && typeof delta === 'string' && typeof isFinal === 'boolean'
      ? [{ ...event, delta, isFinal }]
      : [];
  });
}

export function errorsOf({ events }: SeenResponse): SeenEvent[] {
  return events.filter(({ event }) => event === 'error');
}

export function textOf(messages: readonly SeenMessage[]): string {
  return messages.map(({ delta }) => delta).join('');
}

/** Returns the fields of an event's data; none if it is no JSON object. */
export function fieldsOf({ json }: Pick<SeenEvent, 'json'>): Record<string, unknown> {
  return typeof json === 'object' && json !== null ? { ...json } : {};
}

/** Says what kind of response came, such as `status 503, application/json: {"error":…`. */
export function describeResponse(response: SeenResponse): string {
  const { status, body, problem, end } = response;
  if (status === null) return `no response: ${problem === '' ? end : problem}`;
  const type = headerOf(response, 'content-type') ?? 'no content type';
  const start = shorten(body.toString().replace(/\s+/g, ' '));
  return `status ${status}, ${type}${start === '' ? '' : `: ${start}`}`;
}

const longestExcerpt = 160;

export function shorten(text: string): string {
  return text.length > longestExcerpt ? `${text.slice(0, longestExcerpt)}…` : text;
}

/** Returns the bytes of an event, for a report. */
function bytesOf({ body }: SeenResponse, { from, to }: Pick<SeenEvent, 'from' | 'to'>) {
  return shorten(body.subarray(from, to).toString());
}

/** Returns where an event is, for a deviation. */
export function placeOf(
  response: SeenResponse,
  event: SeenEvent,
): Required<Pick<Deviation, 'at' | 'excerpt'>> {
  return {
    at: { byte: event.from, ms: Math.round(event.atMs) },
    excerpt: bytesOf(response, event),
  };
}

/** Judges a request that got a stream; nothing can be said of one that got none. */
export function ofStream(seen: Seen | undefined, judge: (seen: Seen) => Judgement): Judgement {
  if (seen === undefined) return notTestable('the probe did not run');
  if (!isStream(seen.response)) {
    return notTestable(`the request got no stream: ${describeResponse(seen.response)}`);
  }
  return judge(seen);
}

/** Judges a stream that has messages as specified; B2 judges the others. */
export function ofMessages(
  seen: Seen | undefined,
  judge: (seen: Seen, messages: readonly SeenMessage[]) => Judgement,
): Judgement {
  return ofStream(seen, (each) => {
    const messages = messagesOf(each.response);
    return messages.length === 0
      ? notTestable('the stream has no message as B2 specifies it')
      : judge(each, messages);
  });
}

/** Judges whether the text of a stream is the planned one, or another. */
export function sameText(
  { response, calls: [call] }: Seen,
  expected = call?.plan.text ?? '',
): Deviation | undefined {
  if (call === undefined) {
    return deviation({
      expected: 'a call of our agent with the prompt',
      seen: 'none with this prompt',
    });
  }
  const messages = messagesOf(response);
  const text = textOf(messages);
  if (text === expected) return undefined;
  const index = firstDifference(text, expected);
  let chars = 0;
  const event = messages.find(({ delta }) => (chars += delta.length) > index);
  return deviation({
    ...describeDifference('the text of the agent', text, expected),
    ...(event === undefined ? {} : placeOf(response, event)),
  });
}

/** Says where a text begins to differ from the expected one. */
export function describeDifference(
  what: string,
  text: string,
  expected: string,
): Pick<Deviation, 'expected' | 'seen'> {
  const index = firstDifference(text, expected);
  const around = (whole: string) =>
    JSON.stringify(whole.slice(Math.max(0, index - 10), index + 30));
  return {
    expected: `${what}, at character ${index} ${around(expected)}`,
    seen: `${around(text)} (${text.length} of ${expected.length} code units)`,
  };
}

function firstDifference(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) if (a[index] !== b[index]) return index;
  return length;
}
