import { expect, test } from 'vitest';

import { drawsOver, wantsColors } from './terminal.ts';

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { TERM: 'dumb' }, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [false, { FORCE_COLOR: '1' }, true],
  [false, { FORCE_COLOR: '' }, true],
  [true, { FORCE_COLOR: '0' }, false],
  [true, { FORCE_COLOR: 'false' }, false],
  [true, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
])('on a terminal: %s, with %j: colours are %s', (isTTY, env, colors) => {
  expect(wantsColors({ isTTY }, env)).toBe(colors);
});

test.each([
  [{ isTTY: true, columns: 80 }, {}, true],
  [{ isTTY: true, columns: 0 }, {}, false],
  [{ isTTY: true, columns: 80 }, { CI: 'true' }, false],
  [{ isTTY: true, columns: 80 }, { TERM: 'dumb' }, false],
  [{}, {}, false],
])('on %j, with %j: lines are redrawn: %s', (stream, env, draws) => {
  expect(drawsOver(stream, env)).toBe(draws);
});
