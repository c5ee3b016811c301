import type { Socket } from 'node:net';

import type { Outcome, StreamSample } from '../../../reports/sample.ts';
import { loadSchema, type LoadProfile } from '../profile/profile.ts';
import { runLoad } from '../run-load.ts';
import { type RawRequest, startRawServer } from './raw-server.ts';

/** A think time after which no slot starts a second stream. */
const oneStreamEach = 3_600_000;

/** Returns a load of exactly `streams` concurrent streams, one per slot, with generous limits. */
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

/** Counts the samples of each outcome; outcomes without samples are left out. */
export function countOutcomes(samples: readonly StreamSample[]): Partial<Record<Outcome, number>> {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of samples) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** Returns the details of samples without duplicates. */
export function detailsOf(samples: readonly StreamSample[]): string[] {
  return [...new Set(samples.map(({ detail }) => detail))];
}

/**
 * Runs six streams in six slots, and waits until their connections are closed.
 * @returns their samples in the order of the slots
 * @throws unless there are exactly six requests and samples
 */
export async function sixStreams(
  answer: (request: RawRequest, socket: Socket) => void,
  changes: Partial<LoadProfile> = {},
): Promise<StreamSample[]> {
  const server = await startRawServer(answer);
  const { samples } = await runLoad({ url: server.url, profile: oneEach(6, changes) });
  await server.deserted();
  const bySlot = samples.sort((a, b) => a.slot - b.slot);
  const slots = bySlot.map(({ slot }) => slot).join();
  if (slots !== '0,1,2,3,4,5' || server.requests.length !== 6) {
    throw new Error(`${server.requests.length} requests, samples of the slots ${slots}`);
  }
  return bySlot;
}
