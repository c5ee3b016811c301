import { expect, test } from 'vitest';

import { startInProcess } from './support/in-process-stack.ts';

test.each([true, false])(
  'an agent that plans to respond late delays the headers no longer, with wire faults %s',
  async (wireFaults) => {
    const { agent, endpoint } = await startInProcess(
      { text: { given: 'late' }, faults: [{ slowAccept: { for: '1500ms' } }] },
      { wireFaults, acceptWaitMs: 50 },
    );
    const response = await fetch(`${endpoint}?prompt=a`);
    expect([response.status, agent.stats().chunksSent]).toEqual([200, 0]);
    expect(await response.text()).toContain('"isFinal":true');
  },
);

test('a cut keeps its time behind an agent that plans to respond late', async () => {
  const { agent, endpoint } = await startInProcess(
    {
      text: { given: 'aaaaa bbbbb ccccc' },
      firstToken: '0ms',
      interToken: '1ms',
      faults: [{ slowAccept: { for: '600ms' } }, { dropConnection: { at: { chars: 5 } } }],
    },
    { wireFaults: true, acceptWaitMs: 50 },
  );
  const response = await fetch(`${endpoint}?prompt=a`);
  expect(agent.stats().chunksSent).toBe(0);
  await expect(response.text()).rejects.toThrow('terminated');
  expect(agent.stats().chunksSent).toBeGreaterThan(0);
});
