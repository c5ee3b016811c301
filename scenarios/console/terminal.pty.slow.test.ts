import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

import { afterAll, beforeAll, expect, test } from 'vitest';

/** `script` of util-linux runs a command in a terminal of its own. */
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes(
  'util-linux',
);
const entry = fileURLToPath(new URL('../../dist/bin/main.js', import.meta.url));
const escape = String.fromCodePoint(27);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-pty-'));
  await writeFile(
    join(folder, 'quick.yaml'),
    `version: 1
description: of a test
behaviour: { text: { generate: { chars: 50 } }, firstToken: 50ms, interToken: 10ms }
load: { streams: 3, ramp: 0s, warmUp: 0s, window: 2s }
`,
  );
});

afterAll(() => rm(folder, { recursive: true }));

/** Returns all output of a run in a terminal with so many columns; 0 is a terminal without a size. */
async function runOnTerminal(columns: number, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const command = `stty cols ${columns} rows 40; exec '${process.execPath}' '${entry}' run quick.yaml --out out-${columns}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env: {
      ...process.env,
      TERM: 'xterm-256color',
      CI: undefined,
      NO_COLOR: undefined,
      FORCE_COLOR: undefined,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let written = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written += text));
  await once(child, 'close');
  return written.replaceAll('\r\n', '\n');
}

test.skipIf(!hasScript)(
  'a terminal gets one line with the time left, then the report',
  async () => {
    const written = await runOnTerminal(100);
    expect(written).toMatch(/window {3}\d s, \d s left {2}3 open {2}\d+ ended {2}0 failed/);
    expect(written).toContain(`${escape}[1mquick${escape}[0m`);
    // The cursor is shown again, and the progress line is gone before the report begins.
    expect(written.lastIndexOf(`${escape}[?25h`)).toBeGreaterThan(
      written.lastIndexOf(`${escape}[?25l`),
    );
    const report = written.slice(written.lastIndexOf(`${escape}[1mquick`));
    expect(stripVTControlCharacters(report)).not.toContain('left');
    expect(stripVTControlCharacters(report)).toMatch(
      /^quick {2}http:.*\n(?:.*\n)*Report: out-100\/report\.html\n/,
    );
  },
);

test.skipIf(!hasScript)(
  'a terminal without a size, and one in CI, get plain lines that are not redrawn',
  async () => {
    const [sizeless, ci] = await Promise.all([
      runOnTerminal(0, { NO_COLOR: '1' }),
      runOnTerminal(99, { NO_COLOR: '1', CI: 'true' }),
    ]);
    for (const written of [sizeless, ci]) {
      expect(written).not.toContain(escape);
      expect(written).toMatch(/^quick: 3 streams at once\nwindow {3}\d s, \d s left .*\ndrain /);
      expect(written).toMatch(/ wanted {5}alarm\n/);
    }
  },
);
