/**
 * Generates the schemas, the tables of the documents and the generated sources: `npm run generate`.
 * With `--check` it writes nothing, and fails if one of them is out of date.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { format, type FormatConfig } from 'oxfmt';

import { generatedFiles, writeGenerated } from './generate/generated-files.ts';

const isCheck = process.argv.includes('--check');

// oxfmt checks its configuration itself.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const { ignorePatterns = [], ...formatConfig } = JSON.parse(
  await readFile('.oxfmtrc.json', 'utf8'),
) as FormatConfig & { ignorePatterns?: string[] };

const protoFolder = 'proto/gen';

const protoTypes = generateProtoTypes();
const writers = join(import.meta.dirname, 'generate');
// One process, because loading the sources takes most of the time.
for (const name of (await readdir(writers)).toSorted()) {
  if (/^write-.*\.ts$/.test(name)) await import(join(writers, name));
}
await protoTypes;

const stale: string[] = [];
for (const [path, generated] of generatedFiles()) {
  const text = await formatted(path, generated);
  if (text === (await readFile(path, 'utf8').catch(() => undefined))) continue;
  stale.push(path);
  if (!isCheck) await writeFile(path, text);
}
for (const path of await filesIn(protoFolder)) {
  if (generatedFiles().has(path)) continue;
  stale.push(path);
  if (!isCheck) await rm(path);
}
if (isCheck && stale.length > 0) {
  process.stderr.write(
    `out of date: ${stale.join(', ')}\nRun \`npm run generate\`, review the change, then commit it.\n`,
  );
  process.exitCode = 1;
}

/** Generates the types of the proto. The options must match those of `proto/agent-service.ts`. */
async function generateProtoTypes(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-proto-'));
  try {
    await promisify(execFile)('node_modules/.bin/proto-loader-gen-types', [
      '--longs=Number',
      '--defaults',
      '--oneofs',
      '--grpcLib=@grpc/grpc-js',
      '--importFileExtension=.ts',
      `--outDir=${folder}`,
      'proto/ai_agent.proto',
    ]);
    for (const path of await filesIn(folder)) {
      writeGenerated(path.replace(folder, protoFolder), await readFile(path, 'utf8'));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

/** Returns a text as `oxfmt` writes it. */
async function formatted(path: string, text: string): Promise<string> {
  if (ignorePatterns.some((pattern) => path.startsWith(pattern.replace('**', '')))) return text;
  const { code, errors } = await format(path, text, formatConfig);
  if (errors.length > 0) throw new Error(`${path}: ${errors.map(({ message }) => message).join()}`);
  return code;
}
