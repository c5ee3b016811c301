import type { StreamEvent } from '../../proto/stream-event.ts';
import type { ChunkReader } from '../agent/agent-client.ts';
import type { EndCause } from '../observer.ts';
import { gatewayOptionsSchema } from '../options.ts';
import { emptyFigures } from '../stream/stream-figures.ts';
import { startStream } from '../stream/stream.ts';

const options = gatewayOptionsSchema.parse({});

/** Opens a stream whose agent and client are the test. */
export function openStream(limitMs = 120_000) {
  const startMs = performance.now();
  const seen = {
    events: [] as [atMs: number, event: StreamEvent][],
    ended: 0,
    destroyed: 0,
    over: 0,
    cause: undefined as EndCause | undefined,
    figures: emptyFigures(),
    firstMessages: 0,
    paused: false,
    cancelled: 0,
  };
  const client = { full: false, drain: () => {}, flushed: () => {} };
  let agent: ChunkReader | undefined;
  const stream = startStream(
    {
      read: (reader) => {
        agent = reader;
      },
      pause: () => {
        seen.paused = true;
      },
      resume: () => {
        seen.paused = false;
      },
      cancel: () => {
        seen.cancelled += 1;
      },
    },
    {
      send: (event) => {
        seen.events.push([performance.now() - startMs, event]);
        return !client.full;
      },
      onceDrained: (callback) => {
        client.drain = callback;
      },
      end: (flushed) => {
        seen.ended += 1;
        client.flushed = flushed;
        if (!client.full) flushed();
      },
      destroy: () => {
        seen.destroyed += 1;
      },
    },
    options,
    limitMs,
    {
      figures: seen.figures,
      firstMessage: () => {
        seen.firstMessages += 1;
      },
      ended: (cause) => {
        seen.over += 1;
        seen.cause = cause;
      },
    },
  );
  if (agent === undefined) throw new Error('the stream never read');
  const reader = agent;
  const chunk = (delta: string, isFinal = false, error = '') =>
    reader.chunk({ delta, isFinal, error });
  return { stream, seen, client, agent: { ...reader, chunk } };
}
