import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { z } from 'zod';

import { isRehearsalError, RehearsalError } from '../console/rehearsal-error.ts';
import type { Fingerprint } from '../../reports/fingerprint.ts';
import { noiseSchema, type Noise } from '../../reports/compare/noise.ts';
import { wordIssue } from '../../proto/problems/word-issue.ts';
import { readTextFile } from '../file/read-file.ts';

const mostBytes = 1_000_000;

/** Returns the path of the noise record of a machine and scenario. */
function noiseFileOf({ machine, scenario }: Fingerprint): string {
  return join('reports', 'out', 'noise', `${machine.hash}-${scenario.hash}.json`);
}

/**
 * Reads the noise record of a machine and scenario.
 * @param file read instead of the default path
 * @returns null if there is no record and no file was named
 * @throws RehearsalError (usage) for a file that cannot be read, is not a noise record, or is for another
 *   machine or scenario
 */
export async function readNoise(fingerprint: Fingerprint, file?: string): Promise<Noise | null> {
  const path = file ?? noiseFileOf(fingerprint);
  let text: string;
  try {
    text = await readTextFile(path, mostBytes);
  } catch (error) {
    if (!isRehearsalError(error, 'file')) throw error;
    if (file === undefined) return null;
    throw new RehearsalError('usage', `--noise: ${path}: ${error.message}`);
  }
  const noise = parseNoise(text, path);
  for (const side of ['machine', 'scenario'] as const) {
    if (noise.fingerprint[side].hash === fingerprint[side].hash) continue;
    throw new RehearsalError(
      'usage',
      `--noise: ${path} is for another ${side}; record it again with --aa`,
    );
  }
  return noise;
}

function parseNoise(text: string, path: string): Noise {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RehearsalError('usage', `--noise: ${path} is not JSON; record it again with --aa`);
  }
  const { data, error } = noiseSchema.safeParse(value, { error: wordIssue });
  if (data !== undefined) return data;
  throw new RehearsalError(
    'usage',
    `--noise: ${path} is not a noise record; record it again with --aa\n${z.prettifyError(error)}`,
  );
}

/**
 * Writes a noise record and returns its path.
 * @throws RehearsalError (usage) if it cannot be written
 */
export async function writeNoise(noise: Noise, file?: string): Promise<string> {
  const path = file ?? noiseFileOf(noise.fingerprint);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${JSON.stringify(noise, null, 2)}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RehearsalError('usage', `--noise: ${path} cannot be written: ${reason}`);
  }
  return path;
}
