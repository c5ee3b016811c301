import { expect } from 'vitest';

import type { StreamSample } from '../../../reports/sample.ts';
import type { LoadProfile } from '../profile/profile.ts';
import { runLoad } from '../run-load.ts';
import { trustAlso } from '../target/trust.ts';
import { oneEach } from './load-runs.ts';
import type { RawHttp2Server, RawStream } from './raw-http2.ts';
import { message } from './raw-server.ts';
import { selfSigned } from './self-signed.ts';

/** Trusts the certificate of a raw server. */
export const trust = trustAlso(selfSigned.cert);

/** Acts 50 ms later, when the streams of a load have been opened. */
export const later = (act: () => void): void => void setTimeout(act, 50);

/** Runs a stream in each slot, and waits until the connections are closed; returns samples in the order of slots. */
export async function loadAt(
  server: Pick<RawHttp2Server, 'url' | 'deserted'>,
  changes: Partial<LoadProfile> = {},
  streams = 6,
): Promise<StreamSample[]> {
  const profile = oneEach(streams, changes);
  const { samples, httpVersion } = await runLoad({ url: server.url, profile, trust });
  await server.deserted();
  expect(httpVersion).toBe('2');
  return samples.toSorted((a, b) => a.slot - b.slot);
}

export const outcomesOf = (samples: readonly StreamSample[]): string[] =>
  samples.map(({ outcome, detail }) => (detail === '' ? outcome : `${outcome}: ${detail}`));

/** Answers with a complete stream. */
export function good(stream: RawStream): void {
  stream.head(200);
  stream.data(message('你好'));
  stream.data(message('，世界') + message('', true), true);
}
