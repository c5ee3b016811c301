import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { SaxesParser } from 'saxes';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { runCommand, startCommand } from '../e2e/support/command.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-clients-'));
  // Where the modules of the tests find their packages.
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** A client of the chat format, with what it does with its request before the answer. */
const chatClient = (before: string) => `
export default async function ({ url, apiKey, model, prompt, signal }) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer ' + apiKey },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: prompt }] }),
    signal,
  });
  ${before}
  const { choices } = await response.json();
  return choices[0].message.content;
}`;

/** Throws for a text that is not well-formed XML. */
function parseXml(text: string): void {
  new SaxesParser().write(text).close();
}

interface CellJson {
  case: string;
  outcome: string;
  verdict: string;
  error: string | null;
  retries: number;
}

/** Runs the client in some cases and returns exit code and cells. */
async function cellsOf(module: string, cases: string[], ...flags: string[]) {
  const chosen = cases.flatMap((name) => ['--case', name]);
  const { code, stdout, stderr } = await runCommand(
    'clients',
    module,
    '--json',
    '--limit',
    '1s',
    ...chosen,
    ...flags,
  );
  const { cells } = JSON.parse(stdout) as { cells: CellJson[] };
  return { code, stderr, cells: new Map(cells.map((cell) => [cell.case, cell])) };
}

test('the example of docs/clients.md has the cells that it shows', async () => {
  const page = await readFile(join(root, 'docs/clients.md'), 'utf8');
  const [, section = ''] = page.split('\n## Try your own client\n');
  const [, example = ''] = /```js\n(.*?)```/s.exec(section) ?? [];
  const module = await write('my-client.mjs', example);
  const [, shown = ''] = /```\n(bad .*?)\n…\n```/s.exec(section) ?? [];
  const lines = shown.split('\n');
  const names = lines.map((line) => line.split(/\s+/)[1] ?? '');
  const cases = names.flatMap((name) => ['--case', name]);
  const { code, stdout } = await runCommand(
    'clients',
    module,
    '--dialect',
    'openai-chat',
    '--limit',
    '3s',
    ...cases,
  );
  expect(lines.length).toBeGreaterThan(2);
  expect(stdout.split('\n').slice(0, lines.length)).toEqual(lines);
  expect(code).toBe(1);
});

test('a client that hangs, computes for ever, crashes or exits costs its case alone', async () => {
  const module = await write(
    'broken.mjs',
    chatClient(`
  if (response.status === 500) await new Promise(() => {});
  if (response.status === 400) for (;;);
  if (response.status === 502) setTimeout(() => { throw new Error('outside'); });
  if (response.status === 502) await new Promise(() => {});
  if (response.status === 429) process.exit(7);
  if (response.status === 503) void Promise.reject(new Error('unhandled'));
  if (response.status === 503) await new Promise(() => {});`),
  );
  const names = ['status-500', 'errors-refused', 'proxy-error', 'rate-limited', 'agent-down'];
  const { code, cells } = await cellsOf(module, [...names, 'fast'], '--dialect', 'openai-chat');
  expect(
    Object.fromEntries([...cells].map(([name, { outcome, error }]) => [name, [outcome, error]])),
  ).toEqual({
    healthy: ['complete', null],
    fast: ['complete', null],
    'status-500': ['hangs', null],
    'errors-refused': ['hangs', null],
    'proxy-error': ['crashes', 'outside'],
    'rate-limited': ['crashes', 'process.exit(7)'],
    'agent-down': ['crashes', 'unhandled'],
  });
  expect(code).toBe(1);
});

test('a known cell passes as long as it is as listed, in every form of the result', async () => {
  const module = await write(
    'quiet.mjs',
    chatClient(`console.log('noise'); if (!response.ok) return '';`),
  );
  const allow = await write('known.yaml', 'status-500: silent\nhealthy: told\n');
  const [junit, badge] = [join(folder, 'junit.xml'), join(folder, 'badge.svg')];
  const flags = ['--dialect', 'openai-chat', '--junit', junit, '--badge', badge];
  const known = await cellsOf(module, ['status-500'], ...flags, '--allow', allow);
  expect(known.code).toBe(0);
  expect(known.cells.get('status-500')).toMatchObject({ outcome: 'silent', verdict: 'known' });
  expect(known.stderr).toContain('--allow: good by now, and not needed: healthy');
  expect(known.stderr).toContain('noise');
  const xml = await readFile(junit, 'utf8');
  parseXml(xml);
  expect(xml).toContain('tests="2" failures="0"');
  expect(xml).toContain('<testcase classname="rehearsal.clients" name="status-500">');
  const svg = await readFile(badge, 'utf8');
  parseXml(svg);
  expect(svg).toContain('aria-label="stream faults: 1 of 2"');

  const changed = await write('changed.yaml', 'status-500: hangs\n');
  const bad = await runCommand(
    'clients',
    module,
    '--case',
    'status-500',
    '--dialect',
    'openai-chat',
    '--allow',
    changed,
    '--junit',
    junit,
  );
  expect(bad.code).toBe(1);
  expect(bad.stdout).toBe(
    'bad    status-500  silent; expected hangs (known)\n1 of 2 cases good, 1 bad\n',
  );
  expect(await readFile(junit, 'utf8')).toContain('<failure type="rehearsal"');
});

test.each([
  ['no such file', undefined, 'there is no such file'],
  [
    'a syntax error',
    '\nexport default (\n  1 +;',
    'a-syntax-error.mjs:3: SyntaxError: Unexpected token',
  ],
  [
    'a wrong import',
    "\nimport { nothing } from 'openai';",
    "a-wrong-import.mjs:2: SyntaxError: The requested module 'openai' does not provide an export",
  ],
  [
    'a syntax error in its import',
    "import './a-syntax-error.mjs';",
    'a-syntax-error.mjs:3: SyntaxError: Unexpected token',
  ],
  ['an error at its start', '\nthrow new Error("no key")', 'start.mjs:2: Error: no key'],
  ['a missing package', "import 'no-such-package'", "Cannot find package 'no-such-package'"],
  ['no default export', 'export const ask = () => {}', 'it has no function as its default export'],
  ['an exit at its start', 'process.exit(3)', 'it ended the process with code 3'],
])('a module with %s is refused in one line', async (name, text, message) => {
  const path = join(folder, `${name.replaceAll(' ', '-')}.mjs`);
  if (text !== undefined) await writeFile(path, text);
  const { code, stdout, stderr } = await runCommand('clients', path);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(`rehearsal: ${path} cannot be used as a client: `);
  expect(stderr).toContain(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test.each([
  ['another format', chatClient(''), '--dialect names the format of a client that speaks another'],
  [
    'the path of another format',
    chatClient('').replace('fetch(url', "fetch(new URL('/v1/messages', url)"),
    'it requested /v1/messages: --dialect anthropic-messages',
  ],
  [
    'the path of another format behind a base URL',
    chatClient('').replace('fetch(url', "fetch(url + '/v1/messages'"),
    'it requested /api/v1/ai/generate/v1/messages: --dialect anthropic-messages',
  ],
  [
    'an unknown path',
    chatClient('').replace('fetch(url', "fetch(url + '/nothing'"),
    'it requested /api/v1/ai/generate/nothing: --dialect names the format',
  ],
  ['no request', 'export default () => "hello"', 'it sent no request to the url that it received'],
  ['no text', 'export default () => {}', 'returned undefined in place of the text'],
])('a client with %s cannot be judged: exit code 3', async (_, text, message) => {
  const { code, stderr } = await runCommand('clients', await write('other.mjs', text));
  expect(stderr).toContain('the client does not complete a healthy stream (');
  expect(stderr).toContain(message);
  expect(code).toBe(3);
});

test.each([
  [
    'openai-chat',
    'anthropic-messages',
    'the client requested /v1/chat/completions: --dialect openai-chat',
  ],
  [
    'the specified format',
    'openai-chat',
    'the client requested /api/v1/ai/generate, which is not --dialect openai-chat: leave out --dialect',
  ],
])(
  'a client that completes in %s is refused with --dialect %s',
  async (format, dialect, message) => {
    const specified = `export default async ({ url, prompt }) => {
    const { origin } = new URL(url);
    const response = await fetch(origin + '/api/v1/ai/generate?prompt=' + encodeURIComponent(prompt));
    const blocks = (await response.text()).matchAll(/"delta":("(?:[^"\\\\]|\\\\.)*")/g);
    return [...blocks].map(([, json]) => JSON.parse(json)).join('');
  }`;
    const chat = chatClient('').replace('fetch(url', "fetch(new URL('/v1/chat/completions', url)");
    const module = await write('elsewhere.mjs', format === 'openai-chat' ? chat : specified);
    const { code, stderr } = await runCommand('clients', module, '--dialect', dialect);
    expect(stderr).toBe(`rehearsal: ${message}\n`);
    expect(code).toBe(2);
  },
);

test.each([
  [['--case', 'truncate'], '--case: there is no case "truncate"; did you mean "truncated"?'],
  [['--allow', 'absent.yaml'], '--allow: absent.yaml: '],
  [['--limit', '0.5'], "option '--limit <duration>' argument '0.5' is invalid"],
])('%j is refused', async (flags, message) => {
  const { code, stderr } = await runCommand('clients', await write('any.mjs', ''), ...flags);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
});

test('an interrupted command ends at once and writes nothing', async () => {
  const module = await write(
    'waits.mjs',
    "export default () => { console.log('waiting'); return new Promise(() => {}); }",
  );
  const junit = join(folder, 'interrupted.xml');
  const command = startCommand(['clients', module, '--limit', '60s', '--junit', junit]);
  await expect.poll(() => command.stderr(), { timeout: 100_000 }).toContain('waiting');
  command.kill('SIGINT');
  const { code, stderr } = await command.ended;
  expect(code).toBe(130);
  expect(stderr).toContain('rehearsal: interrupted; nothing was written');
  await expect(readFile(junit)).rejects.toThrow('ENOENT');
});
