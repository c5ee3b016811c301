import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { startCommand } from './support/command.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

const meta = JSON.parse(
  await readFile(new URL('../../dist/bin/meta.json', import.meta.url), 'utf8'),
) as { outputs: Record<string, { inputs: Record<string, unknown> }> };

interface Loaded {
  /** Paths from the project's folder. */
  files: string[];
  /** The sources in those files, and the names of packages. */
  modules: string[];
}

/** Returns what a command has loaded by its end. */
async function loadedBy(...args: string[]): Promise<Loaded> {
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-modules-'));
  try {
    await startCommand(args, { env: { ...process.env, NODE_V8_COVERAGE: folder } }).ended;
    const results = await Promise.all(
      (await readdir(folder)).map(async (file) => {
        const { result } = JSON.parse(await readFile(join(folder, file), 'utf8')) as {
          result: { url: string }[];
        };
        return result.map(({ url }) => url);
      }),
    );
    const files = results
      .flat()
      .filter((url) => url.startsWith('file:'))
      .map((url) => relative(project, fileURLToPath(url)));
    const modules = files
      .flatMap((file) => Object.keys(meta.outputs[file]?.inputs ?? {}))
      .map((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? input);
    return { files, modules: [...new Set(modules)].toSorted() };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Returns what a server has loaded that cannot listen: by then it has loaded all that it needs. */
async function loadedByServer(command: 'agent' | 'gateway'): Promise<Loaded> {
  const taken = createServer();
  await once(taken.listen(0, '127.0.0.1'), 'listening');
  const { port } = taken.address() as AddressInfo;
  try {
    return await loadedBy(command, command === 'agent' ? '--agent-port' : '--port', String(port));
  } finally {
    taken.close();
  }
}

const isOfACommand = (name: string) =>
  !/^(?:scenarios\/(?:main|command-line|report-error|console\/[^/]+|file\/problems)|proto\/contract-error)\.ts$|^commander$/.test(
    name,
  );

test.each(['--version', '--help', 'help', 'frobnicate'])(
  'rehearsal %s loads no command and no library of one',
  async (argument) => {
    const { modules } = await loadedBy(argument);
    expect(modules).toContain('scenarios/main.ts');
    expect(modules.filter(isOfACommand)).toEqual([]);
  },
);

test.each([
  // Without --metrics an agent needs no library for metrics.
  ['agent', 'mock-agent/server.ts', ['prom-client']],
  ['gateway', 'gateway/server.ts', []],
] as const)('%s loads files of the bundle alone', async (command, source, unneeded) => {
  const { files, modules } = await loadedByServer(command);
  expect(modules).toContain(source);
  expect(files.filter((file) => !file.startsWith('dist/bin/'))).toEqual([]);
  for (const name of unneeded) expect(modules).not.toContain(name);
});

test('serve loads no library of the servers that it starts', async () => {
  const { modules } = await loadedBy('serve', '--help');
  expect(modules).toContain('scenarios/processes/start-stack.ts');
  expect(
    modules.filter((name) => /^(zod|yaml|koa|pino|@grpc\/.*|prom-client)$/.test(name)),
  ).toEqual([]);
});

test('a command loads the modules of no other command', async () => {
  const { modules } = await loadedBy('plan', '--help');
  expect(modules.filter((name) => name.startsWith('scenarios/commands/'))).toEqual([
    'scenarios/commands/plan.ts',
  ]);
});

test('the licence of each bundled package is beside the bundle', async () => {
  const licences = await readFile(new URL('../../dist/bin/licences.txt', import.meta.url), 'utf8');
  const packages = Object.values(meta.outputs)
    .flatMap(({ inputs }) => Object.keys(inputs))
    .map((input) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1])
    .filter((name) => name !== undefined);
  expect(packages).toContain('@grpc/grpc-js');
  const missing = packages.filter((name) => !licences.includes(`${name} `));
  expect(missing).toEqual([]);
});
