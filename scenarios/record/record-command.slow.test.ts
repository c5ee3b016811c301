import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { parseTrace } from '../../mock-agent/plan/trace.ts';
import { endlessHead, message, startRawServer } from '../load/testing/raw-server.ts';
import { startCommand, startServer } from '../e2e/support/command.ts';
import { runInProcess } from '../e2e/support/run-in-process.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-record-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function scenarioFile(name: string, behaviour: string): Promise<string> {
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, `version: 1\ndescription: a test\nbehaviour: ${behaviour}\n`);
  return file;
}

async function serve(scenario: string): Promise<string> {
  const { endpoint } = await startServer('serve', [scenario]);
  return endpoint;
}

async function rawServer(answer: string): Promise<string> {
  const raw = await startRawServer((_, socket) => socket.write(answer));
  return raw.url;
}

test('a stream of serve is recorded, replayed by serve, and recorded again without a difference', async () => {
  await writeFile(join(folder, 'story.txt'), '从前有一座山。山上有一座庙。');
  const original = await scenarioFile(
    'original',
    '{ text: { file: story.txt }, firstToken: 50ms, interToken: 300ms, tokenChars: { min: 5, max: 5 } }',
  );
  const recorded = join(folder, 'recorded.jsonl');
  const url = await serve(original);
  expect(await runInProcess('record', url, '--prompt', 'hello', '--out', recorded)).toEqual({
    code: 0,
    stdout: '',
    stderr: expect.stringMatching(/^recorded \d chunks, 14 characters, \d+ ms\n$/),
  });
  const first = parseTrace(await readFile(recorded, 'utf8')).chunks.map(({ text }) => text);
  expect(first.join('')).toBe('从前有一座山。山上有一座庙。');

  const replay = await scenarioFile('replay', '{ trace: { file: recorded.jsonl } }');
  const again = await runInProcess('record', await serve(replay), '--prompt', 'anything');
  expect(again).toMatchObject({ code: 0, stderr: expect.stringMatching(/^recorded /) });
  expect(parseTrace(again.stdout).chunks.map(({ text }) => text)).toEqual(first);
});

test('a stream that does not complete leaves no file, and keeps an existing one', async () => {
  const url = await rawServer(
    `${endlessHead}${message('a')}event: error\ndata: {"error":"\\u001b[31mno","code":"INTERNAL"}\n\n`,
  );
  const out = join(folder, 'out.jsonl');
  expect(await runInProcess('record', url, '--prompt', 'hello', '--out', out)).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'rehearsal: nothing was recorded: the stream failed: INTERNAL: \uFFFD[31mno, after 1 chunk\n',
  });
  expect(await readdir(folder)).toEqual([]);
  await writeFile(out, 'kept');
  await runInProcess('record', url, '--prompt', 'hello', '--out', out);
  expect(await readFile(out, 'utf8')).toBe('kept');
});

test('the token comes from the environment, and is never printed', async () => {
  const authorizations: unknown[] = [];
  const raw = await startRawServer(({ headers }, socket) => {
    authorizations.push(headers['authorization']);
    const error = JSON.stringify({ error: 'no', code: 'FORBIDDEN', details: 'not s3cret-token' });
    socket.write(`${endlessHead}event: error\ndata: ${error}\n\n`);
  });
  vi.stubEnv('REHEARSAL_TOKEN', 's3cret-token');
  const { code, stdout, stderr } = await runInProcess('record', raw.url, '--prompt', 'hello');
  expect(authorizations).toEqual(['Bearer s3cret-token']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toBe('rehearsal: nothing was recorded: the stream failed: FORBIDDEN: no: not …\n');

  vi.stubEnv('REHEARSAL_TOKEN', 's3cret\ntoken');
  expect(await runInProcess('record', raw.url, '--prompt', 'hello')).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'rehearsal: REHEARSAL_TOKEN: a token has visible ASCII characters only, and no spaces\n',
  });
});

test('headers come from the environment, and are neither printed nor written', async () => {
  vi.stubEnv('STAGING_KEY', 's3cret-key');
  const out = join(folder, 'out.jsonl');
  const answers = [
    'data: {"choices":[{"delta":{"content":"Hi s3cret"}}]}\n\ndata: [DONE]\n\n',
    'data: {"error":{"message":"no s3cret-key","code":"denied"}}\n\n',
  ];
  const raw = await startRawServer((_, socket) => socket.end(endlessHead + answers.shift()));
  const args = ['record', raw.url, '--prompt', 'hello', '--dialect', 'openai-chat', '--out', out];
  const header = ['--header', 'x-api-key=env:STAGING_KEY'];
  expect(await runInProcess(...args, ...header, '--body', '{"max_tokens": 5}')).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^recorded 2 chunks, 9 characters, \d+ ms\n$/),
  });
  expect(raw.requests[0]?.headers['x-api-key']).toBe('s3cret-key');
  expect(JSON.parse(raw.requests[0]?.body ?? '')).toMatchObject({
    max_tokens: 5,
    stream_options: { include_usage: true },
  });
  expect(await readFile(out, 'utf8')).not.toContain('s3cret-key');
  expect(await runInProcess(...args, ...header)).toEqual({
    code: 2,
    stdout: '',
    stderr: 'rehearsal: nothing was recorded: the stream failed: denied: no …\n',
  });
});

test('Ctrl+C ends a recording at once, without a file', async () => {
  const raw = await startRawServer((_, socket) => socket.write(endlessHead + message('a')));
  const out = join(folder, 'out.jsonl');
  const command = startCommand(['record', raw.url, '--prompt', 'hello', '--out', out]);
  await expect.poll(() => raw.requests.length).toBe(1);
  command.kill('SIGINT');
  expect(await command.ended).toEqual({
    code: 2,
    stdout: '',
    stderr: 'rehearsal: nothing was recorded: interrupted\n',
  });
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  [['http://127.0.0.1:9'], "error: required option '--prompt <text>' not specified"],
  [['--prompt', 'a'], "error: missing required argument 'url'"],
  [
    ['ftp://x', '--prompt', 'a'],
    'rehearsal: "ftp://x" is not a URL with http, https, grpc or grpcs',
  ],
  [['http://x', '--prompt', 'a', '--idle-limit', '5'], 'such as 300ms, 2s or 1m.'],
  [['http://x', '--prompt', 'a', '--body', '[1]'], 'write an object in JSON'],
  [['http://x', '--prompt', 'a', '--header', 'a=env:NO_SUCH'], 'variable NO_SUCH is not set'],
  [['grpc://x:1', '--prompt', 'a', '--dialect', 'openai-chat'], 'an agent has one format'],
  [['http://x', '--prompt', 'a', '--out', 'no/such/file'], '--out: no/such/file cannot be written'],
  [['http://x', '--prompt', 'a', '--out', '.'], '--out: . cannot be written: it is a folder'],
])('rehearsal record %j is wrong usage, and sends nothing', async (args, why) => {
  const { code, stdout, stderr } = await runInProcess('record', ...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(why);
});
