import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { startCommand } from './testing/command.ts';

/** The modules that a command has loaded by its end, by path from dist/, and the names of packages. */
async function modulesLoadedBy(...args: string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-modules-'));
  try {
    await startCommand(args, { env: { ...process.env, NODE_V8_COVERAGE: folder } }).ended;
    const files = await readdir(folder);
    const urls = await Promise.all(
      files.map(async (file) => {
        const { result } = JSON.parse(await readFile(join(folder, file), 'utf8')) as {
          result: { url: string }[];
        };
        return result.map(({ url }) => url);
      }),
    );
    const names = urls
      .flat()
      .map(
        (url) =>
          /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? url.replace(/^.*\/dist\//, ''),
      );
    return [...new Set(names)].filter((name) => !name.startsWith('node:')).toSorted();
  } finally {
    await rm(folder, { recursive: true });
  }
}

const isOfACommand = (name: string) => !/^scenarios\/[^/]+\.js$|^commander$/.test(name);

test.each(['--version', '--help', 'help', 'frobnicate'])(
  'rehearsal %s loads no command and no library of one',
  async (argument) => {
    const loaded = await modulesLoadedBy(argument);
    expect(loaded).toContain('scenarios/main.js');
    expect(loaded.filter(isOfACommand)).toEqual([]);
  },
);

test('an agent without --metrics loads no library for metrics', async () => {
  const taken = createServer();
  await once(taken.listen(0, '127.0.0.1'), 'listening');
  const { port } = taken.address() as AddressInfo;
  // It loads all that it needs and ends when it cannot listen.
  const loaded = await modulesLoadedBy('agent', 'healthy', '--agent-port', String(port));
  taken.close();
  expect(loaded).toContain('mock-agent/server.js');
  expect(loaded).not.toContain('prom-client');
});

test('a command loads the modules of no other command', async () => {
  const loaded = await modulesLoadedBy('plan', '--help');
  expect(loaded.filter((name) => name.startsWith('scenarios/commands/'))).toEqual([
    'scenarios/commands/options.js',
    'scenarios/commands/plan.js',
  ]);
});
