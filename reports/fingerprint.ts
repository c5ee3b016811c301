import { createHash } from 'node:crypto';

import { z } from 'zod';

import { dialectNames } from '../proto/dialects/dialect.ts';

const hash = z.string().regex(/^[0-9a-f]{12}$/);

/** The format of the streams of a run; reports that have none are of the specified one. */
export const dialectSchema = z
  .enum(['specified', ...dialectNames])
  .default('specified')
  .describe('The format of requests and streams.');

/** How the requests of a load travel. */
export const transports = ['post', 'get', 'websocket'] as const;

export type Transport = (typeof transports)[number];

/** The versions of HTTP that a load speaks. */
const httpVersions = ['1.1', '2'] as const;

export type HttpVersion = (typeof httpVersions)[number];

/** Reports that have none are of HTTP/1.1. */
export const httpVersionSchema = z
  .enum(httpVersions)
  .default('1.1')
  .describe('The version of HTTP that was spoken.');

/** Reports that have none are of POST. */
export const transportSchema = z
  .enum(transports)
  .default('post')
  .describe('How requests travelled.');

/**
 * What two runs must share for a comparison: the machine for times, the scenario for anything. Each has
 * its parts beside their hash, so that a difference can be named.
 */
export const fingerprintSchema = z.strictObject({
  machine: z.strictObject({
    hash,
    platform: z.string(),
    arch: z.string(),
    cpuModel: z.string(),
    cpus: z.int().nonnegative(),
    memoryGb: z.number().nonnegative(),
    node: z.string().describe('Major and minor version: `v20.19`.'),
  }),
  scenario: z.strictObject({
    hash,
    name: z.string().describe('Every draw has it in its address.'),
    dialect: dialectSchema,
    transport: transportSchema,
    httpVersion: httpVersionSchema,
    behaviour: hash.describe('Of `behaviour` and `cases` by content, with the files beside.'),
    load: hash.describe('Of `load` by content.'),
    middle: z
      .enum(['none', 'foreign'])
      .default('none')
      .describe(
        '`foreign`: a gateway that is not ours, between our load and our agent (`--agent-port`).',
      ),
    seed: z.number(),
  }),
});

export type Fingerprint = z.infer<typeof fingerprintSchema>;

/** @param environment as a report describes it, `node` with its patch version */
export function fingerprintMachine(
  environment: Omit<Fingerprint['machine'], 'hash'>,
): Fingerprint['machine'] {
  const { platform, arch, cpuModel, cpus, memoryGb } = environment;
  const node = environment.node.split('.').slice(0, 2).join('.');
  const parts = { platform, arch, cpuModel, cpus, memoryGb, node };
  return { hash: hashContent(parts), ...parts };
}

export function fingerprintScenario(
  parts: Omit<Fingerprint['scenario'], 'hash'>,
): Fingerprint['scenario'] {
  const { dialect, middle, transport, httpVersion, ...others } = parts;
  // A usual run has the hash that it had before there were other dialects, middles and transports.
  const hashed = {
    ...others,
    ...(dialect === 'specified' ? {} : { dialect }),
    ...(middle === 'none' ? {} : { middle }),
    ...(transport === 'post' ? {} : { transport }),
    ...(httpVersion === '1.1' ? {} : { httpVersion }),
  };
  return { hash: hashContent(hashed), ...parts };
}

/** Hashes plain data, independent of the order of keys, to twelve hexadecimal digits. */
export function hashContent(content: unknown): string {
  const json = JSON.stringify(content, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(json).digest('hex').slice(0, 12);
}

/** Describes the differences between fingerprints, such as `cpus: 2 against 4`; empty if all agree. */
export function differencesOf(
  fingerprints: readonly Fingerprint[],
  side: keyof Fingerprint,
): string[] {
  const [first, ...others] = fingerprints.map((fingerprint) => fingerprint[side]);
  if (first === undefined) return [];
  const differences = others.flatMap((other) => {
    const parts = new Map<string, unknown>(Object.entries(other));
    return Object.entries(first)
      .filter(([part, value]) => part !== 'hash' && value !== parts.get(part))
      .map(([part, value]) => `${part}: ${String(value)} against ${String(parts.get(part))}`);
  });
  return [...new Set(differences)];
}
