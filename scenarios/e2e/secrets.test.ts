import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import {
  chunk,
  lastChunk,
  message,
  plainAnswer,
  startRawServer,
  streamHead,
  type RawRequest,
  type RawServer,
} from '../load/testing/raw-server.ts';
import { startCommand, type Finished } from './support/command.ts';
import { runInProcess } from './support/run-in-process.ts';

/** No secret that a command was given is in anything that it writes. */
let folder: string;
let scenario: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-secrets-'));
  scenario = join(folder, 'load.yaml');
  await writeFile(
    scenario,
    `version: 1
description: of a test
load: { streams: 3, ramp: 0s, total: 9 }
`,
  );
});

afterAll(() => rm(folder, { recursive: true }));

/** The user, the password and the key of a URL, each with characters that a URL encodes. */
const user = 'User-Secret/ü';
const password = 'Pass:Secret@1';
const apiKey = 'Key+Secret 2';
const headerSecret = 'Header-Secret-3';
const basic = Buffer.from(`${user}:${password}`).toString('base64');
const secrets = [user, password, apiKey, headerSecret, basic].flatMap((secret) => [
  secret,
  encodeURIComponent(secret),
  encodeURIComponent(secret).replaceAll('%20', '+'),
]);

function withSecrets(address: string): string {
  const url = new URL(address);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password);
  url.searchParams.set('api_key', apiKey);
  return url.href;
}

/** Says back what it was sent, in every place that a report takes from a server. */
async function startEcho(): Promise<RawServer> {
  let count = 0;
  const saidBack = ({ path, headers }: RawRequest) =>
    `${path} ${headers['authorization']} ${user} ${password} ${apiKey} ${headers['x-api-key']}`;
  return startRawServer((request, socket) => {
    count += 1;
    const said = saidBack(request);
    const plain = Buffer.from(said).toString('latin1');
    if (count % 3 === 0) {
      socket.write(plainAnswer(503, `text/html; of="${plain}"`, JSON.stringify({ code: said })));
    } else if (count % 3 === 1) {
      const error = JSON.stringify({ error: said, code: said, details: said });
      socket.write(streamHead);
      socket.write(chunk(`${message('a')}event: error\ndata: ${error}\n\n`));
      socket.write(lastChunk);
    } else {
      socket.write(streamHead.replace('event-stream', `event-stream; of="${plain}"`));
      socket.write(chunk(message(said, true)));
      socket.write(lastChunk);
    }
  });
}

/** Every byte that a command left: its output and the files of a folder. */
async function everything({ stdout, stderr }: Finished, out?: string): Promise<string> {
  const names = out === undefined ? [] : await readdir(out, { recursive: true });
  const contents = await Promise.all(
    names.map((name) => readFile(join(out ?? '', name), 'utf8').catch(() => '')),
  );
  return [stdout, stderr, ...names, ...contents].join('\n');
}

function secretsIn(text: string): string[] {
  return secrets.filter((secret) => text.includes(secret));
}

test('the secrets of --target reach the server, but no output of a run', async () => {
  const server = await startEcho();
  const out = join(folder, 'out');
  const run = await runInProcess(
    'run',
    scenario,
    '--target',
    withSecrets(server.url),
    '--out',
    out,
    '--header',
    `X-Api-Key: ${headerSecret}`,
  );
  expect(server.requests.at(-1)?.headers['authorization']).toBe(`Basic ${basic}`);
  expect(server.requests.at(-1)?.headers['x-api-key']).toBe(headerSecret);
  expect(new URL(server.requests.at(-1)?.path ?? '', 'http://h').searchParams.get('api_key')).toBe(
    apiKey,
  );
  expect(await readdir(out)).toHaveLength(7);
  const written = await everything(run, out);
  expect(written).toContain('http://***@127.0.0.1:');
  expect(written).toContain('api_key=***');
  expect(secretsIn(written)).toEqual([]);
});

test.each([
  ['run', '--target', withSecrets('http://127.0.0.1:1/x')],
  ['run', '--target', withSecrets('ftp://127.0.0.1:1/x')],
  ['run', '--target', `https://${user}:${password}@host?api_key=${apiKey}`],
  ['run', withSecrets('http://127.0.0.1:1/x')],
  ['ab', 'healthy', '--base', 'true', '--aa', '--target', withSecrets('http://h/')],
  ['record', '--prompt', 'p', withSecrets('http://127.0.0.1:1/x')],
  ['record', '--prompt', 'p', withSecrets('ftp://127.0.0.1:1/x')],
  ['record', '--prompt', 'p', `grpc://h/x?api_key=${encodeURIComponent(apiKey)}`],
])('rehearsal %s %s: the error message has no secrets', async (command, ...args) => {
  const flags = command === 'run' && args[0] === '--target' ? [scenario, ...args] : args;
  const ended = await runInProcess(command, ...flags);
  expect(secretsIn(await everything(ended))).toEqual([]);
  expect(ended.code).toBe(2);
});

test('the secrets of --agent are in no output of a gateway', async () => {
  const gateway = startCommand([
    'gateway',
    '--port',
    '0',
    '--agent',
    withSecrets('http://[::1]:1'),
  ]);
  // It may also refuse such an address.
  await Promise.race([gateway.firstLine.catch(() => ''), gateway.ended]);
  gateway.kill('SIGTERM');
  expect(secretsIn(await everything(await gateway.ended))).toEqual([]);
});
