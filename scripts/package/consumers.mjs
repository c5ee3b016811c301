// Projects that use the package as the documentation shows: each with its other packages, its files, and the
// commands that must succeed.

import { clientTypesOf, typesConsumer } from './types-consumer.mjs';

const chromium = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

const program = `
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { startRehearsal } from 'rehearsal';
import { generate } from 'rehearsal/client';
import schema from 'rehearsal/scenario.schema.json' with { type: 'json' };
import report from 'rehearsal/report.schema.json' with { type: 'json' };
import check from 'rehearsal/check.schema.json' with { type: 'json' };

if ([schema, report, check].some(({ type }) => type !== 'object')) throw new Error('no JSON Schema');
const require = createRequire(import.meta.url);
const proto = readFileSync(require.resolve('rehearsal/ai_agent.proto'), 'utf8');
if (!proto.includes('service AIAgentService')) throw new Error('no proto');
const rehearsal = await startRehearsal({ speed: 'instant' });
const response = await fetch(rehearsal.endpoint + '?prompt=hello');
if (!(await response.text()).includes('"isFinal":true')) throw new Error('no final message');
for (const read of [generate, require('rehearsal/client').generate]) {
  if ((await read(rehearsal.endpoint, { prompt: 'hello' }).text()).length !== 500) throw new Error('no text');
}
if (rehearsal.requests().length !== 3) throw new Error('no journal');
await rehearsal.close();
`;

/** Checked on every Node version. */
export const plain = { name: 'a program', packages: [], files: { 'use.mjs': program } };

const clientTypes = clientTypesOf('rehearsal/client');

const allTypes = `
import { ScenarioError, startRehearsal, type JournalEntry, type Rehearsal } from 'rehearsal';
import { rehearsalTest } from 'rehearsal/vitest';
import { expect as expectPage, rehearsalTest as pageTest } from 'rehearsal/playwright';
import { expect } from 'vitest';

export async function start(): Promise<JournalEntry[]> {
  const rehearsal: Rehearsal = await startRehearsal({
    scenario: { behaviour: { text: { given: 'hi' }, faults: [{ stall: { at: 'start', for: '1s' } }] } },
  });
  await rehearsal.next({ fault: 'refuse' });
  // @ts-expect-error -- a type that resolves to any would take this
  await rehearsal.next({ fault: true });
  return rehearsal.requests();
}
rehearsalTest({ speed: 10 })('one', ({ rehearsal }) => {
  expect(rehearsal.requests()).toRetryAtMost(1);
});
pageTest({ inPlaceOf: 'http://localhost:8080' })('two', async ({ page, rehearsal }) => {
  await page.goto(rehearsal.endpoint);
  expectPage(rehearsal.requests()).toRetryAtMost(1);
});
export const problems = (error: ScenarioError) => error.problems.length;
`;

const types = typesConsumer(
  {
    'use.ts': allTypes,
    'all.mts': allTypes,
    'client.ts': clientTypes,
    'client.cts': clientTypes,
  },
  ['@types/node@22', 'vitest@latest', '@playwright/test@latest'],
);

const vitestUse = `
import { expect } from 'vitest';
import { rehearsalTest } from 'rehearsal/vitest';

const test = rehearsalTest({ speed: 'instant' });
for (const name of ['one', 'two']) {
  test(name, async ({ rehearsal }) => {
    await rehearsal.next({ fault: { httpStatus: { status: 503 } } });
    expect((await fetch(rehearsal.endpoint + '&prompt=hi')).status).toBe(503);
    expect(await (await fetch(rehearsal.endpoint + '&prompt=hi')).text()).toContain('"isFinal":true');
    expect(rehearsal.requests()).toRetryAtMost(1);
    expect(() => expect(rehearsal.requests()).toRetryAtMost(0)).toThrow(/GET 503/);
  });
}
`;

const playwrightUse = `
import { createServer } from 'node:http';
import { expect, rehearsalTest } from 'rehearsal/playwright';

const test = rehearsalTest({ speed: 'instant', inPlaceOf: 'http://localhost:9' });
for (const name of ['one', 'two']) {
  test(name, async ({ page, rehearsal }) => {
    const app = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end('app'));
    await new Promise((resolve) => app.listen(0, '127.0.0.1', resolve));
    await page.goto('http://127.0.0.1:' + app.address().port);
    await rehearsal.next({ fault: { httpStatus: { status: 503 } } });
    const request = () =>
      page.evaluate(async () => {
        const response = await fetch('http://127.0.0.1:9/api/v1/ai/generate?prompt=hi');
        return response.status + ' ' + (await response.text());
      });
    expect(await request()).toMatch(/^503 /);
    expect(await request()).toContain('"isFinal":true');
    expect(rehearsal.requests()).toRetryAtMost(1);
    app.close();
  });
}
`;

const playwrightConfig = `
export default {
  testMatch: 'pages.spec.mjs',
  use: { launchOptions: { executablePath: ${JSON.stringify(chromium)}, args: ['--no-sandbox'] } },
};
`;

const node22 = ['npm', 'exec', '--yes', '--package=node@22', '--', 'node'];

const runners = [
  ...['4.0', '4', '5'].map((version) => ({
    name: `vitest ${version}`,
    packages: [`vitest@${version}`],
    files: { 'use.test.mjs': vitestUse },
    // Vitest 5 needs Node 22. Vitest 4.0.0 runs no tests at all with the Vite that npm installs with it.
    commands: [[...node22, 'node_modules/vitest/vitest.mjs', 'run']],
  })),
  ...['1.50.0', 'latest'].map((version) => ({
    name: `@playwright/test ${version}`,
    packages: [`@playwright/test@${version}`],
    files: { 'pages.spec.mjs': playwrightUse, 'playwright.config.mjs': playwrightConfig },
    commands: [['npx', 'playwright', 'test', '--reporter=line']],
  })),
];

const jestSetup = `
import { startRehearsal } from 'rehearsal';

export default async function setup() {
  globalThis.rehearsal = await startRehearsal({ speed: 'instant' });
  process.env.REHEARSAL_URL = globalThis.rehearsal.url;
}
`;

const jestUse = `
const { generate, GenerateError } = require('rehearsal/client');

const url = process.env.REHEARSAL_URL;
const control = (path, body) =>
  fetch(url + '/__rehearsal/' + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

test('the client reads a stream', async () => {
  expect(await generate(url + '/api/v1/ai/generate', { prompt: 'hello' }).text()).toHaveLength(500);
});

test('a fault that the test requests becomes an error of the client', async () => {
  expect((await control('next', { fault: 'refuse', test: 'second' })).status).toBeLessThan(300);
  const refused = generate(url + '/api/v1/ai/generate?test=second', { prompt: 'hello' }).text();
  await expect(refused).rejects.toThrow(GenerateError);
});
`;

const jest = {
  name: 'jest, which loads by require',
  packages: ['jest@30', 'jest-environment-jsdom@30', 'jest-fixed-jsdom'],
  files: {
    'rehearsal.mjs': jestSetup,
    'end.mjs': 'export default () => globalThis.rehearsal.close();\n',
    'use.test.js': jestUse,
    'jest.config.json': '{ "globalSetup": "./rehearsal.mjs", "globalTeardown": "./end.mjs" }',
  },
  commands: [
    ['npx', 'jest'],
    ['npx', 'jest', '--env=jest-fixed-jsdom'],
  ],
};

export const consumers = [types, ...runners, jest];
