import type { Socket } from 'node:net';

import type { Outcome, StreamSample } from '../../../reports/sample.ts';
import { loadSchema, type LoadProfile } from '../profile.ts';
import { runLoad } from '../run-load.ts';
import { type RawRequest, startRawServer } from './raw-server.ts';

/** Long enough that a slot starts one stream and no other. */
const oneStreamEach = 3_600_000;

/** A load of exactly `streams` streams, all at once, one of each slot, with limits out of the way. */
export function oneEach(streams: number, changes: Partial<LoadProfile> = {}): LoadProfile {
  return {
    ...loadSchema.parse({ streams }),
    rampMs: 0,
    warmUpMs: 0,
    windowMs: 200,
    thinkMs: oneStreamEach,
    ...changes,
  };
}

/** How many samples have each outcome; those that none has are left out. */
export function countOutcomes(samples: readonly StreamSample[]): Partial<Record<Outcome, number>> {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of samples) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** The details of samples, each once. */
export function detailsOf(samples: readonly StreamSample[]): string[] {
  return [...new Set(samples.map(({ detail }) => detail))];
}

/**
 * Runs six streams, one of each of six slots, and waits for their connections to be closed.
 * @returns their samples by slot
 * @throws where there were more or fewer requests or samples than six
 */
export async function sixStreams(
  answer: (request: RawRequest, socket: Socket) => void,
  changes: Partial<LoadProfile> = {},
): Promise<StreamSample[]> {
  const server = await startRawServer(answer);
  const { samples } = await runLoad({ url: server.url, profile: oneEach(6, changes) });
  await server.deserted();
  await server.close();
  const bySlot = samples.sort((a, b) => a.slot - b.slot);
  const slots = bySlot.map(({ slot }) => slot).join();
  if (slots !== '0,1,2,3,4,5' || server.requests.length !== 6) {
    throw new Error(`${server.requests.length} requests, samples of the slots ${slots}`);
  }
  return bySlot;
}
