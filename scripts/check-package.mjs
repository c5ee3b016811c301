// Packs what would be published, and uses it as strangers would: installed into empty folders from the
// tarball and from git, on each Node that is named, by other resolvers and by the runners that it supports.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { consumers, plain } from './package/consumers.mjs';

const folder = await mkdtemp(join(tmpdir(), 'rehearsal-package-'));
const commandLimitMs = 5 * 60_000;

function run([command, ...args], cwd = process.cwd()) {
  const options = { cwd, encoding: 'utf8', timeout: commandLimitMs };
  try {
    return execFileSync(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    process.stderr.write(`${error.stdout ?? ''}${error.stderr ?? ''}`);
    throw new Error(`failed: ${[command, ...args].join(' ')}`, { cause: error });
  }
}

const runOnNode = (version, args, cwd) =>
  run(['npm', 'exec', '--yes', `--package=node@${version}`, '--', 'node', ...args], cwd);

async function installFor({ name, packages, files }, source) {
  const project = join(folder, name.replaceAll(/\W+/g, '-'));
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "private": true }');
  for (const [path, content] of Object.entries(files)) {
    await writeFile(join(project, path), content);
  }
  run(['npm', 'install', '--no-audit', '--no-fund', source, ...packages], project);
  return project;
}

const npmExec = (name, ...args) =>
  run(['npm', 'exec', '--yes', `--package=${name}`, '--', ...args]);

function checkManifest(tarball) {
  npmExec('publint@0.3', 'publint', 'run', tarball, '--strict');
  // A resolver without exports finds the schemas as files.
  const untyped = ['ai_agent.proto', 'scenario.schema.json', 'report.schema.json'];
  // All but the client are ES modules; Node loads those by `require` as well, from 20.19 on.
  const rules = ['--ignore-rules', 'cjs-resolves-to-esm'];
  npmExec(
    '@arethetypeswrong/cli@0.18',
    'attw',
    tarball,
    ...rules,
    '--exclude-entrypoints',
    ...untyped,
  );
}

const say = (what) => process.stdout.write(`${what}\n`);

try {
  const [{ filename }] = JSON.parse(run(['npm', 'pack', '--json', '--pack-destination', folder]));
  const tarball = join(folder, filename);
  checkManifest(tarball);
  // What is committed: npm clones it and builds there.
  const fromGit = `git+${pathToFileURL(process.cwd()).href}`;
  for (const [from, source] of Object.entries({ tarball, git: fromGit })) {
    const project = await installFor({ ...plain, name: `${plain.name} from ${from}` }, source);
    const command = join('node_modules', 'rehearsal', 'dist', 'bin', 'main.js');
    for (const version of process.argv.slice(2)) {
      const told = runOnNode(version, [command, '--version'], project).trim();
      runOnNode(version, ['use.mjs'], project);
      say(`node ${version}: rehearsal ${told} installs from ${from}, starts and streams`);
    }
  }
  for (const consumer of consumers) {
    const project = await installFor(consumer, tarball);
    for (const command of consumer.commands) run(command, project);
    say(`works with ${consumer.name}`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
