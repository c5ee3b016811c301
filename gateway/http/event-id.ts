import { metadataPrefix } from '../../proto/metadata.ts';

/**
 * The id of an event. A client that reconnects sends it back; it contains the request for the same stream and
 * the position in its text, so that the gateway keeps no state.
 */
export interface EventId {
  /** Code points of the text up to the end of the event. */
  position: number;
  /** Whether it is the last event, after which nothing can be resumed. */
  isEnd: boolean;
  /** The agent's own metadata of the stream, with which it repeats it. */
  replay: Readonly<Record<string, string>>;
}

/** Formats an id: `120~key=k-7&seed=1`, or `120~end~…` for the last event. */
export function formatEventId(position: number, isEnd: boolean, replayToken: string): string {
  return `${position}~${isEnd ? 'end~' : ''}${replayToken}`;
}

/** Returns the part of an id that is the same for all events of a stream. */
export function replayTokenOf(replay: EventId['replay']): string {
  const entries = Object.entries(replay).map(([name, value]) => [
    name.slice(metadataPrefix.length),
    value,
  ]);
  return new URLSearchParams(Object.fromEntries(entries)).toString();
}

/** Parses the header `Last-Event-ID`; returns undefined for an id of another form. */
export function parseEventId(text: string): EventId | undefined {
  const [, position, end, token = ''] = /^(\d{1,9})~(end~)?(.*)$/.exec(text) ?? [];
  if (position === undefined) return undefined;
  const replay = Array.from(new URLSearchParams(token), ([name, value]) => [
    metadataPrefix + name,
    value,
  ]);
  return {
    position: Number(position),
    isEnd: end !== undefined,
    replay: Object.fromEntries(replay),
  };
}
