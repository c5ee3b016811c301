import { expect, test } from 'vitest';

import { selfTimes } from './self-times.ts';

const node = (id: number, functionName: string, url = '', lineNumber = -1) => ({
  id,
  callFrame: { functionName, url, lineNumber },
});

test('sums the samples of a function over all its callers', () => {
  const profile = {
    nodes: [
      node(1, '(root)'),
      node(2, '(idle)'),
      node(3, '(program)'),
      node(4, 'push', 'file:///home/me/rehearsal/dist/gateway/stream/stream.js', 38),
      node(5, 'push', 'file:///home/me/rehearsal/dist/gateway/stream/stream.js', 38),
      node(6, '', 'file:///home/me/rehearsal/node_modules/koa/lib/application.js', 9),
    ],
    samples: [2, 4, 3, 5, 6, 4, 2],
    timeDeltas: [9000, 1000, 500, 2000, 3500, 1500, 9000],
  };
  expect(selfTimes(profile)).toEqual([
    { name: 'push', where: 'gateway/stream/stream.js:39', ms: 4.5 },
    { name: '(anonymous)', where: 'koa/lib/application.js:10', ms: 3.5 },
    { name: '(program)', where: '', ms: 0.5 },
  ]);
});
