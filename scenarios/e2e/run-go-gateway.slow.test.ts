import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { parseReport } from '../../reports/parse-report.ts';
import { runCommand } from './support/command.ts';
import { folder, skips } from './support/peers/go-gateway.ts';

/** Runs a scenario whose streams fail after some text, through the gateway in Go to our agent. */
async function runThrough(form: string) {
  const out = await mkdtemp(join(tmpdir(), 'rehearsal-go-'));
  onTestFinished(() => rm(out, { recursive: true }));
  const start = `exec '${folder}/build/gateway' -listen 127.0.0.1:$PORT -agent $AGENT -stream ${form}`;
  const flags = ['--agent-port', '0', '--start', start, '--window', '3s', '--out', out];
  const target = ['--target', 'http://127.0.0.1:{port}'];
  const { stderr } = await runCommand('run', 'error-after-text', ...target, ...flags);
  expect(stderr).not.toContain('rehearsal:');
  return parseReport(await readFile(join(out, 'report.json'), 'utf8'), 'report.json');
}

describe.skipIf(skips)('a load through the gateway in Go', () => {
  beforeAll(async () => {
    await promisify(execFile)('make', ['-C', folder]);
  }, 600_000);

  test('ends as planned in its complete form', async () => {
    const { expectations, metrics } = await runThrough('complete');
    expect(expectations).toMatchObject({ otherwise: 0, pushedTooOften: 0, differences: [] });
    expect(expectations?.failuresForetold).toBeGreaterThan(0);
    expect(metrics.latenessByHop?.gatewayMs?.count).toBeGreaterThan(0);
  });

  test('loses text before an error as the fragment', async () => {
    const { expectations } = await runThrough('fragment');
    expect(expectations?.differences[0]).toMatchObject({
      foretold: 'failed: GENERATION_ERROR',
      seen: 'failed: GENERATION_ERROR, with other text',
    });
  });
});
