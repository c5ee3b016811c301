// Packs both packages and uses them like their users: installed into empty folders from tarballs and from git,
// on each Node version of the arguments, with other resolvers and test runners.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { clientConsumers, plainClient } from './package/client-consumers.mjs';
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

/** A resolver without `exports` support finds the schemas as files. */
const untypedFiles = [
  '--exclude-entrypoints',
  'ai_agent.proto',
  'scenario.schema.json',
  'report.schema.json',
  'check.schema.json',
  // All entries but the client are ES modules, which `require` loads since Node 20.19.
  '--ignore-rules',
  'cjs-resolves-to-esm',
];

function checkManifest(tarball, options = []) {
  npmExec('publint@0.3', 'publint', 'run', tarball, '--strict');
  npmExec('@arethetypeswrong/cli@0.18', 'attw', tarball, ...options);
}

const say = (what) => process.stdout.write(`${what}\n`);

/** Builds and packs a package; returns the path of the tarball. */
function pack(...options) {
  const packed = run(['npm', 'pack', '--json', '--pack-destination', folder, ...options]);
  const [{ filename }] = JSON.parse(packed);
  return join(folder, filename);
}

try {
  const tarball = pack();
  checkManifest(tarball, untypedFiles);
  // npm clones the last commit and builds there.
  const fromGit = `git+${pathToFileURL(process.cwd()).href}`;
  for (const [from, source] of Object.entries({ tarball, git: fromGit })) {
    const project = await installFor({ ...plain, name: `${plain.name} from ${from}` }, source);
    const command = join('node_modules', 'rehearsal', 'dist', 'bin', 'main.js');
    for (const version of process.argv.slice(2)) {
      const toolVersion = runOnNode(version, [command, '--version'], project).trim();
      runOnNode(version, ['use.mjs'], project);
      say(`node ${version}: rehearsal ${toolVersion} installs from ${from}, starts and streams`);
    }
  }
  for (const consumer of consumers) {
    const project = await installFor(consumer, tarball);
    for (const command of consumer.commands) run(command, project);
    say(`works with ${consumer.name}`);
  }
  const client = pack('--workspace', 'client');
  checkManifest(client);
  const project = await installFor(plainClient, client);
  for (const version of process.argv.slice(2)) {
    runOnNode(version, ['use.mjs'], project);
    say(`node ${version}: rehearsal-client installs alone and reads a stream`);
  }
  for (const consumer of clientConsumers) {
    const project = await installFor({ ...consumer, name: `client, ${consumer.name}` }, client);
    for (const command of consumer.commands) run(command, project);
    say(`rehearsal-client works with ${consumer.name}`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
