// Packs what would be published, installs it into an empty folder, and uses it as a stranger would.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = await mkdtemp(join(tmpdir(), 'rehearsal-package-'));
const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

const program = `
import { startRehearsal } from 'rehearsal';
import { generate } from 'rehearsal/client';
import schema from 'rehearsal/scenario.schema.json' with { type: 'json' };
import report from 'rehearsal/report.schema.json' with { type: 'json' };

if (schema.type !== 'object' || report.type !== 'object') throw new Error('no JSON Schema');
const rehearsal = await startRehearsal({ speed: 'instant' });
const response = await fetch(rehearsal.endpoint + '?prompt=hello');
if (!(await response.text()).includes('"isFinal":true')) throw new Error('no final message');
if ((await generate(rehearsal.endpoint, { prompt: 'hello' }).text()).length !== 500) throw new Error('no text');
if (rehearsal.requests().length !== 2) throw new Error('no journal');
await rehearsal.close();
`;

try {
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder]));
  const tarball = join(folder, filename);
  run('npm', [
    'exec',
    '--yes',
    '--package=publint@0.3',
    '--',
    'publint',
    'run',
    tarball,
    '--strict',
  ]);
  const attw = '--package=@arethetypeswrong/cli@0.18';
  run('npm', ['exec', '--yes', attw, '--', 'attw', tarball, '--profile', 'esm-only']);
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await writeFile(join(folder, 'use.js'), program);
  run('npm', ['install', '--no-audit', '--no-fund', '--omit=dev', `./${filename}`], folder);
  for (const version of process.argv.slice(2)) {
    const node = ['exec', '--yes', `--package=node@${version}`, '--', 'node'];
    const command = join('node_modules', 'rehearsal', 'dist', 'scenarios', 'main.js');
    const told = run('npm', [...node, command, '--version'], folder).trim();
    run('npm', [...node, 'use.js'], folder);
    process.stdout.write(`node ${version}: rehearsal ${told} installs, starts and streams\n`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
