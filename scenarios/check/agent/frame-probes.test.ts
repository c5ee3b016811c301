import { expect, test } from 'vitest';

import { startInProcess } from '../../e2e/support/in-process-stack.ts';
import { probeCancel } from './frame-probes.ts';

test('no text of our agent counts as sent after a cancel, however short its pauses are', async () => {
  const behaviour = { text: { generate: { chars: 300 } }, firstToken: '20ms', interToken: '2ms' };
  const { agent } = await startInProcess(behaviour);
  const setting = {
    place: { address: agent.address, access: {} },
    limitMs: 20_000,
    signal: AbortSignal.timeout(60_000),
  };
  for (let round = 0; round < 6; round += 1) {
    const { calls = [], frames = [] } = await probeCancel(setting);
    expect(calls.slice(0, -1).map(({ end }) => end)).toContain('cancelled');
    expect(frames.map(({ bytesAfterCancel }) => bytesAfterCancel)).toEqual(Array(12).fill(0));
  }
});
