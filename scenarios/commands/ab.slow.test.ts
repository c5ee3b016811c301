import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createAuthority } from '../../proto/testing/authority.ts';
import { writeFiles } from '../../proto/testing/write-files.ts';
import type { Comparison } from '../../reports/compare/comparison.ts';
import { noiseSchema } from '../../reports/compare/noise.ts';
import { runCommand, startCommand } from '../e2e/support/command.ts';
import { runInProcess } from '../e2e/support/run-in-process.ts';
import { selfSigned } from '../load/testing/self-signed.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-ab-'));
  const few = 'load: { total: 4, streams: 2, ramp: 0s }\n';
  const write = (name: string, source: string) =>
    writeFile(join(folder, `${name}.yaml`), `version: 1\ndescription: a test\n${source}`);
  const quick = 'text: { given: "A few words, no more." }, firstToken: 10ms, interToken: 5ms';
  await write('few', `behaviour: { ${quick} }\n${few}`);
  await write('cutting', `behaviour: { ${quick}, faults: [{ truncate: { at: { chars: 5 } } }] }\n`);
  await write('long', 'load: { streams: 2, window: 1m }\n');
  // Forty of it are started here, so it is compiled once.
  await build({ entryPoints: [bareSource], outfile: bareServer(), format: 'esm' });
});

afterAll(() => rm(folder, { recursive: true }));

const entry = fileURLToPath(new URL('../../dist/bin/main.js', import.meta.url));
const bareSource = fileURLToPath(new URL('../../bench/bare-server.ts', import.meta.url));
const bareServer = () => join(folder, 'bare-server.mjs');

const file = (name: string) => join(folder, `${name}.yaml`);
const serve = (name: string) =>
  `"${process.execPath}" "${entry}" serve "${file(name)}" --port $PORT --agent-port 0 --log-level error`;
const bare = (firstTokenMs: number) =>
  `exec "${process.execPath}" "${bareServer()}" ${firstTokenMs}`;

test('a head that cuts streams is a regression after one pair; compare says the same of its reports', async () => {
  const out = join(folder, 'cut');
  const pair = ['--base', serve('few'), '--head', serve('cutting'), '--pairs', '1'];
  const { code, stdout, stderr } = await runCommand('ab', file('few'), ...pair, '--out', out);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('pair 1 of 1') });
  expect(stdout).toMatch(/cut +0 of 4 +4 of 4 +regression\n/);
  expect(stdout).toMatch(/\nREGRESSION {2}Head is worse than base: cut\.\n$/);
  expect((await readdir(out)).toSorted()).toEqual([
    'base',
    'comparison.json',
    'comparison.md',
    'head',
  ]);
  const compared = await runInProcess('compare', join(out, 'base'), join(out, 'head'), '--json');
  expect(compared.code).toBe(1);
  const { counts, answer } = JSON.parse(compared.stdout) as Comparison;
  expect(answer).toBe('regression');
  expect(counts).toMatchObject([{ name: 'cut', base: { count: 0, of: 4 }, head: { count: 4 } }]);
  const again = await runCommand('ab', file('few'), ...pair, '--out', out);
  expect(again.stderr).toBe(
    `rehearsal: --out: ${out} has the runs of an earlier series; name another folder\n`,
  );
  const turned = await runInProcess('compare', join(out, 'head'), join(out, 'base', '1'));
  expect(turned.stdout).toMatch(/cut +4 of 4 +0 of 4 +none\n/);
  expect(turned.stdout).not.toContain('REGRESSION');
});

// Judges times, which other tests on the machine would disturb: `make torture` runs it alone.
test.runIf(process.env['TORTURE'] !== undefined)(
  'base against itself records the noise of this machine, and compare judges few runs by that record',
  { timeout: 240_000 },
  async () => {
    // A retry must not find the files of the first attempt.
    const own = await mkdtemp(join(folder, 'aa-'));
    const noise = join(own, 'noise.json');
    const out = join(own, 'aa');
    const aa = ['--aa', '--base', bare(30), '--pairs', '10', '--noise', noise, '--out', out];
    const recorded = await runCommand('ab', file('few'), ...aa);
    expect(recorded.stderr).toContain(`Noise record: ${noise}\n`);
    expect(recorded.stderr).toMatch(/first chunk, p50 +\S+ ms +\S+ ms +\S+ ms\n/);
    const record = noiseSchema.parse(JSON.parse(await readFile(noise, 'utf8')));
    expect(record.times['firstChunkP50']?.visibleOfOneRun).toBeGreaterThan(2);

    const slow = join(own, 'slow');
    const few = ['--base', bare(30), '--head', bare(530), '--pairs', '3', '--out', slow];
    expect((await runCommand('ab', file('few'), ...few)).code).toBe(0);
    const sides = [join(slow, 'base'), join(slow, 'head')];
    expect((await runInProcess('compare', ...sides)).stdout).toContain('fewer than 5 runs a side');
    const judged = await runInProcess('compare', ...sides, '--noise', noise);
    expect(judged.stdout).toMatch(/REGRESSION {2}Head is worse than base: first chunk, p50;/);
    expect(judged.code).toBe(1);
    const one = join(slow, 'base', '1', 'report.json');
    const equal = await runInProcess('compare', one, join(out, 'head'), '--noise', noise);
    expect(equal.stdout).toMatch(/first chunk, p50 .* (none|inconclusive)\n/);
  },
);

test('runs of different scenarios are not compared', async () => {
  const sides = ['a', 'b'].map((side) => join(folder, `seed-${side}`));
  for (const [index, out] of sides.entries()) {
    const once = ['--base', bare(5), '--head', bare(5), '--pairs', '1', '--seed', `${index}`];
    await runCommand('ab', file('few'), ...once, '--out', out);
  }
  const [a = '', b = ''] = sides.map((out) => join(out, 'base'));
  expect(await runInProcess('compare', a, b)).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'rehearsal: these are runs of different scenarios, which cannot be compared (seed: 0 against 1); run the same scenario on both sides\n',
  });
});

test('servers that choose different versions of HTTP are not compared', async () => {
  const server = join(folder, 'tls-server.mjs');
  await writeFile(
    server,
    `import { createSecureServer } from 'node:http2';
    import { createServer } from 'node:https';
    const start = process.argv[2] === '2' ? createSecureServer : createServer;
    const server = start(${JSON.stringify(selfSigned)}, (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('event: message\\ndata: {"delta":"hi","isFinal":true}\\n\\n');
    });
    server.listen(process.env.PORT, '127.0.0.1');
    process.once('SIGTERM', () => process.exit());`,
  );
  const start = (version: number) => `exec "${process.execPath}" "${server}" ${version}`;
  const sides = ['--base', start(2), '--head', start(1), '--pairs', '1', '--insecure'];
  const target = ['--target', 'https://127.0.0.1:{port}'];
  const { code, stderr } = await runCommand('ab', file('few'), ...sides, ...target);
  expect(stderr).toContain(
    'rehearsal: base and head were loaded differently (POST over HTTP/2, POST over HTTP/1.1), which cannot be compared; write httpVersion: 1.1 into load.request',
  );
  expect(code).toBe(2);
});

test('ab ends with the last output of a server that does not start', async () => {
  const failing = 'echo no such model >&2; exit 7';
  const { code, stderr } = await runCommand('ab', file('few'), '--aa', '--base', failing);
  expect(code).toBe(2);
  expect(stderr).toContain(
    `rehearsal: the server did not start: it ended (exit code 7)\n  ${failing}\n  | no such model\n`,
  );
});

test('an interrupted ab stops its servers', { timeout: 90_000 }, async () => {
  const groupFile = join(folder, 'group');
  const base = `echo $$ > "${groupFile}"; ${serve('few')}`;
  const ab = startCommand(['ab', file('long'), '--aa', '--base', base]);
  const group = async () => Number(await readFile(groupFile, 'utf8').catch(() => ''));
  await expect.poll(group).toBeGreaterThan(0);
  ab.kill('SIGINT');
  expect(await ab.ended).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('rehearsal: interrupted; nothing was compared\n'),
  });
  const leader = await group();
  expect(() => process.kill(-leader, 0)).toThrow('ESRCH');
});

test.each([
  [['ab', 'fast', '--base', 'x'], 'write either --head, to compare another version, or --aa'],
  [['ab', 'fast', '--base', 'x', '--head', 'y', '--aa'], 'write either --head'],
  [['ab', 'fast', '--base', 'x', '--aa', '--pairs', '7'], '--pairs: 7 are too few for --aa'],
  [
    ['ab', 'fast', '--base', 'x', '--head', 'y', '--noise', 'n'],
    'use it with --aa or with rehearsal compare',
  ],
  [['ab', 'fast', '--base', 'x', '--aa', '--target', 'http://x'], 'is not a URL with {port}'],
  [['ab', 'fast', '--base', 'x', '--aa', '--margin', '5'], 'a share is written in per cent'],
  [['compare', 'no-such', 'package.json'], 'no-such: there is no such folder or file'],
  [['compare', 'docs', 'docs'], 'docs: there is no report.json here or one folder below'],
  [['compare', 'package.json', 'docs'], 'package.json: '],
])('rehearsal %j exits with code 2 and one line with the reason', async (args, reason) => {
  const { code, stderr, stdout } = await runInProcess(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(reason);
});

test('two servers over HTTPS are compared with their authority, and refused without it', async () => {
  const authority = await createAuthority();
  const { ca, cert, key } = await writeFiles({ ca: authority.ca, ...(await authority.issue()) });
  const secure = `${serve('few')} --tls-cert ${cert} --tls-key ${key}`;
  const sides = ['--base', secure, '--head', secure, '--pairs', '1'];
  const target = ['--target', 'https://127.0.0.1:{port}'];
  const compared = await runCommand('ab', file('few'), ...sides, ...target, '--ca', ca);
  expect([compared.code, compared.stdout]).toEqual([
    0,
    expect.stringMatching(/INCONCLUSIVE {2}No count is worse/),
  ]);
  const refused = await runCommand('ab', file('few'), ...sides, ...target);
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining('its certificate is not signed by a trusted authority'),
  ]);
});
