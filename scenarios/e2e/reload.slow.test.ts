import { cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { startProcess, startServer } from './support/command.ts';

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-reload-'));
  file = join(folder, 'mine.yaml');
});

afterAll(() => rm(folder, { recursive: true }));

const scenario = (behaviour: string) =>
  `version: 1\ndescription: a test\nbehaviour: ${behaviour}\n`;
const saying = (text: string, interToken = '0ms') =>
  scenario(`{ text: { given: ${text} }, firstToken: 0ms, interToken: ${interToken} }`);

const serve = (...args: string[]) => startServer('serve', [file, '--log-level', 'warn', ...args]);

async function textOf(response: Response | Promise<Response>): Promise<string> {
  const body = await (await response).text();
  return [...body.matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta).join('');
}

test('a changed scenario applies to the next stream; an open one is unchanged', async () => {
  await writeFile(file, saying('slowly-slowly-slowly', '300ms'));
  const { endpoint, ...command } = await serve();
  const ask = () => fetch(`${endpoint}?prompt=a`);
  const underWay = await ask();
  await writeFile(file, saying('second'));
  await expect.poll(() => textOf(ask())).toBe('second');
  expect(command.stderr()).toBe('rehearsal: reloaded after a change: mine\n');
  expect(await textOf(underWay)).toBe('slowly-slowly-slowly');

  // As many editors do it: a new file in the place of the old one.
  await writeFile(`${file}.tmp`, saying('third'));
  await rename(`${file}.tmp`, file);
  await expect.poll(() => textOf(ask())).toBe('third');
});

test('after a mistake in a file, or without the file, the last valid scenario applies, and the reason is printed', async () => {
  await writeFile(file, saying('good'));
  const { endpoint, ...command } = await serve();
  const ask = () => fetch(`${endpoint}?prompt=a`);
  await writeFile(file, scenario('{ txt: hello }'));
  const told = `${file}:3:14: unknown key "txt"; did you mean "text"?\nrehearsal: the last valid version stays in use\n`;
  await expect.poll(() => command.stderr()).toBe(told);
  expect(await textOf(ask())).toBe('good');
  await rm(file);
  const gone = `${file}:1:1: there is no such file\nrehearsal: the last valid version stays in use\n`;
  await expect.poll(() => command.stderr()).toBe(told + gone);
  expect(await textOf(ask())).toBe('good');
  await writeFile(file, saying('better'));
  await expect.poll(() => textOf(ask())).toBe('better');
  command.kill('SIGTERM');
  expect(await command.ended).toMatchObject({ code: 0 });
});

test('text files of a scenario are watched; the count of requests per key is kept', async () => {
  const text = join(folder, 'story.txt');
  await writeFile(text, 'once');
  await writeFile(
    file,
    `${scenario('{ text: { file: story.txt }, firstToken: 0ms }')}cases: [{ when: { nth: 2 }, behaviour: { text: { given: second }, firstToken: 0ms } }]\n`,
  );
  const { endpoint, ...command } = await serve();
  expect(await textOf(fetch(`${endpoint}?prompt=a&key=k`))).toBe('once');
  await writeFile(text, 'twice');
  await expect.poll(() => command.stderr()).toContain('reloaded');
  expect(await textOf(fetch(`${endpoint}?prompt=a&key=other`))).toBe('twice');
  expect(await textOf(fetch(`${endpoint}?prompt=a&key=k`))).toBe('second');
});

test('with --no-watch a change changes nothing', async () => {
  await writeFile(file, saying('first'));
  const { endpoint, ...command } = await serve('--no-watch');
  await writeFile(file, saying('second'));
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(await textOf(fetch(`${endpoint}?prompt=a`))).toBe('first');
  expect(command.stderr()).toBe('');
});

test('a replaced ConfigMap of Kubernetes (a link to a folder, swapped by a rename) is read again', async () => {
  const mount = await mkdtemp(join(folder, 'configmap-'));
  const put = async (version: string, text: string) => {
    await mkdir(join(mount, version));
    await writeFile(join(mount, version, 'mine.yaml'), saying(text));
    await symlink(version, join(mount, '..data_tmp'));
    await rename(join(mount, '..data_tmp'), join(mount, '..data'));
  };
  await put('..2026_01', 'first');
  await symlink('..data/mine.yaml', join(mount, 'mine.yaml'));
  file = join(mount, 'mine.yaml');
  const { endpoint } = await serve();
  const ask = () => fetch(`${endpoint}?prompt=a`);
  expect(await textOf(ask())).toBe('first');
  await put('..2026_02', 'second');
  await rm(join(mount, '..2026_01'), { recursive: true });
  await expect.poll(() => textOf(ask())).toBe('second');
});

test('while Rehearsal is built or installed anew, the scenarios that were read apply', async () => {
  const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
  const copy = join(folder, 'copy', 'dist');
  await cp(join(dist, 'bin'), join(copy, 'bin'), { recursive: true });
  await cp(join(dist, '..', 'package.json'), join(copy, '..', 'package.json'));
  const ports = ['--port', '0', '--agent-port', '0', '--log-level', 'warn'];
  const command = startProcess([process.execPath, join(copy, 'bin', 'main.js'), 'serve', ...ports]);
  const endpoint = /http:\S+/.exec(await command.firstLine)?.[0] ?? '';
  await rm(join(copy, 'bin', 'catalog'), { recursive: true });
  await expect
    .poll(() => command.stderr())
    .toContain('the catalogue cannot be read (ENOENT); build or install Rehearsal again\n');
  expect(await textOf(fetch(`${endpoint}?prompt=a&speed=instant`))).toHaveLength(500);
  command.kill('SIGTERM');
  expect(await command.ended).toMatchObject({ code: 0 });
});
