import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { parseReport } from '../../reports/parse-report.ts';
import { refuseTooFewFiles } from './open-files.ts';
import { childrenOf } from '../e2e/support/child-processes.ts';
import { startCommand } from '../e2e/support/command.ts';

const entry = fileURLToPath(new URL('../../dist/bin/main.js', import.meta.url));
const linux = process.platform === 'linux';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-files-'));
  const write = (name: string, source: string) =>
    writeFile(join(folder, `${name}.yaml`), `version: 1\ndescription: a test\n${source}`);
  await write('many', 'load: { streams: 150, ramp: 0s, warmUp: 0s, window: 1s }\n');
  await write('arriving', 'load: { arrivals: { perSecond: 80 }, warmUp: 0s, window: 4s }\n');
  await write('slow', 'behaviour: { firstToken: 6s, interToken: 10ms }\n');
});

afterAll(() => rm(folder, { recursive: true }));

/** Starts a command with a limit of open files. */
function startLimited(files: number, args: readonly string[]) {
  const words = [process.execPath, entry, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('bash', ['-c', `ulimit -n ${files}; exec ${words}`], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function runLimited(files: number, args: readonly string[]) {
  const child = startLimited(files, args);
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  await once(child, 'close');
  const [stdout, stderr] = await output;
  return { code: child.exitCode, stdout, stderr };
}

test('a load of more streams than open files is refused', () => {
  expect(() => refuseTooFewFiles(60, 100)).not.toThrow();
  expect(() => refuseTooFewFiles(5000, null)).not.toThrow();
  expect(() => refuseTooFewFiles(61, 100)).toThrow(
    '61 streams at once need about 101 open files a process, and 100 are allowed: raise the limit (ulimit -n 101), or set load.streams to 60 or fewer',
  );
});

const none =
  /^rehearsal: no file descriptor is left: raise the limit of open files \(ulimit -n\) to 256 or more\n$/;

test.runIf(linux).each([
  [180, /^rehearsal: 150 streams at once need about 190 open files .*ulimit -n 190/m],
  [100, /^rehearsal: 150 streams at once need about 190 open files .*ulimit -n 190/m],
  [36, none],
])(
  'a run that needs more than the limit of %i files does not start',
  async (files, reason) => {
    const args = ['run', 'many.yaml', '--out', 'many'];
    const { code, stdout, stderr } = await runLimited(files, args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(reason);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(await readdir(folder)).not.toContain('many');
  },
  60_000,
);

test.runIf(linux)(
  'only one of several processes reports that no file descriptor is left',
  async () => {
    const args = ['serve', 'slow.yaml', '--port', '0', '--agent-port', '0'];
    const { code, stderr } = await runLimited(36, args);
    expect(code).toBe(2);
    expect(stderr).toMatch(none);
  },
);

test.runIf(linux)(
  'streams without a file descriptor are refused with EMFILE, and the run is invalid',
  async () => {
    const serve = startCommand(
      ['serve', join(folder, 'slow.yaml'), '--port', '0', '--agent-port', '0'],
      { cwd: folder },
    );
    const { origin } = new URL(/\S+$/.exec(await serve.firstLine)?.[0] ?? '');
    const args = ['run', 'arriving.yaml', '--target', origin, '--out', 'arriving'];
    const { code, stdout, stderr } = await runLimited(180, args);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(3);
    expect(stdout).toContain('(EMFILE): no file descriptor was left: raise the limit');
    const report = parseReport(await readFile(join(folder, 'arriving', 'report.json'), 'utf8'), '');
    expect(report.failures).toContainEqual({
      outcome: 'refused',
      detail: 'EMFILE',
      count: expect.any(Number),
    });
  },
  120_000,
);

test.runIf(linux)(
  'a run whose gateway has no file descriptor left is invalid, with the reason',
  async () => {
    await writeFile(
      join(folder, 'short.yaml'),
      'version: 1\ndescription: a test\nbehaviour: { firstToken: 3s }\nload: { streams: 60, ramp: 2s, warmUp: 2s, window: 3s }\n',
    );
    const run = startCommand(['run', 'short.yaml', '--out', 'short'], { cwd: folder });
    await expect.poll(run.stderr).toContain('ramp');
    const gateway = childrenOf(run.pid).get('gateway') ?? 0;
    await promisify(execFile)('prlimit', ['--nofile=40:40', '--pid', String(gateway)]);
    const { code, stdout } = await run.ended;
    expect(stdout).toContain('? gateway: no file descriptor was left: raise the limit');
    expect(code).toBe(3);
  },
  120_000,
);

test.runIf(linux)(
  'a gateway without a file descriptor logs a warning, and recovers once it has some',
  async () => {
    const agent = startCommand(['agent', 'fast', '--agent-port', '0']);
    const address = /127\.0\.0\.1:\d+/.exec(await agent.firstLine)?.[0] ?? '';
    const gateway = startLimited(180, ['gateway', '--agent', address, '--port', '0']);
    let stderr = '';
    gateway.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [line] = (await once(gateway.stdout, 'data')) as [Buffer];
    const endpoint = /http:\S+/.exec(line.toString())?.[0] ?? '';
    const { port } = new URL(endpoint);
    const sockets = Array.from({ length: 220 }, () =>
      connect(Number(port), '127.0.0.1').on('error', () => {}),
    );
    const warning = '"code":"EMFILE","msg":"no file descriptor is left: ';
    await expect.poll(() => stderr).toContain(warning);
    for (const socket of sockets) socket.destroy();
    await expect.poll(async () => (await fetch(`${endpoint}?prompt=a`)).status).toBe(200);
    expect(stderr.split(warning)).toHaveLength(2);
    expect(gateway.exitCode).toBeNull();
  },
  120_000,
);
