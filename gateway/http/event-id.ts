import { metadataPrefix } from '../../proto/metadata.ts';

/**
 * What the id of an event tells a client that comes back with it: how to ask the agent for the very
 * same stream again, and how much of its text has been read. The gateway keeps nothing for it.
 */
export interface EventId {
  /** Code points that were sent up to and with the event. */
  position: number;
  /** It is the last event: there is nothing to go on with. */
  isEnd: boolean;
  /** Metadata for the agent, which it said of the stream itself. */
  replay: Readonly<Record<string, string>>;
}

/** As it stands on the wire: `120~key=k-7&seed=1`, and `120~end~…` of the last event. */
export function formatEventId(position: number, isEnd: boolean, replayToken: string): string {
  return `${position}~${isEnd ? 'end~' : ''}${replayToken}`;
}

/** The part of an id that is the same for all events of a stream. */
export function replayTokenOf(replay: EventId['replay']): string {
  const named = Object.entries(replay).map(([name, value]) => [
    name.slice(metadataPrefix.length),
    value,
  ]);
  return new URLSearchParams(Object.fromEntries(named)).toString();
}

/** Reads the header `Last-Event-ID`; undefined for an id that is none of ours. */
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
