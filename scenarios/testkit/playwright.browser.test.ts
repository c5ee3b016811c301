import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';

import { expect, test } from 'vitest';

import { skipsBrowser } from '../../reports/testing/browser.ts';
import { rehearsalTest } from './playwright.ts';

test.skipIf(skipsBrowser)(
  'pages that know nothing of it ask in the name of their test, in a real run of Playwright',
  async () => {
    const cli = createRequire(import.meta.url).resolve('@playwright/test/cli');
    const folder = fileURLToPath(new URL('../e2e/support/playwright/', import.meta.url));
    const args = [cli, 'test', '--config', folder, '--reporter', 'json', '--output'];
    const output = fileURLToPath(new URL('../../reports/out/playwright', import.meta.url));
    const child = spawn(process.execPath, [...args, output], {
      env: { ...process.env, VITEST: undefined, NODE_ENV: undefined },
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 300_000,
    });
    const report = JSON.parse(await text(child.stdout)) as { errors: object[]; stats: object };
    expect(report.errors).toEqual([]);
    expect(report.stats).toMatchObject({ expected: 17, unexpected: 0, flaky: 0, skipped: 0 });
  },
  330_000,
);

test('what it stands in for has to be an origin', () => {
  for (const inPlaceOf of ['localhost:8080', 'ws://localhost', 'http://localhost/api', '']) {
    expect(() => rehearsalTest({ inPlaceOf })).toThrow(
      `inPlaceOf: must be an origin such as http://localhost:8080, not "${inPlaceOf}"`,
    );
  }
});
