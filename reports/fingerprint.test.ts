import { expect, test } from 'vitest';

import {
  differencesOf,
  fingerprintMachine,
  fingerprintScenario,
  hashContent,
  type Fingerprint,
} from './fingerprint.ts';

const machine = {
  platform: 'linux',
  arch: 'x64',
  cpuModel: 'Example CPU',
  cpus: 2,
  memoryGb: 8,
  node: 'v20.19.5',
};

const scenario = {
  name: 'healthy',
  middle: 'none' as const,
  dialect: 'specified' as const,
  transport: 'post' as const,
  httpVersion: '1.1' as const,
  behaviour: hashContent(1),
  load: hashContent(2),
  seed: 1,
};

const fingerprintOf = (changes: object): Fingerprint => ({
  machine: fingerprintMachine({ ...machine, ...changes }),
  scenario: fingerprintScenario({ ...scenario, ...changes }),
});

test('content has a hash of what it holds, whatever the order of its keys', () => {
  expect(hashContent({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(
    hashContent({ b: [{ d: 3, c: 2 }], a: 1 }),
  );
  expect(hashContent({ a: [1, 2] })).not.toBe(hashContent({ a: [2, 1] }));
  expect(hashContent({})).toMatch(/^[0-9a-f]{12}$/);
});

test('a patch of Node makes no other machine, a minor version does', () => {
  expect(fingerprintOf({ node: 'v20.19.6' }).machine).toEqual(fingerprintOf({}).machine);
  expect(fingerprintOf({ node: 'v20.20.0' }).machine.hash).not.toBe(fingerprintOf({}).machine.hash);
});

test('what differs is named, each difference once', () => {
  const others = [
    fingerprintOf({}),
    fingerprintOf({ cpus: 4, seed: 7 }),
    fingerprintOf({ cpus: 4 }),
  ];
  expect(differencesOf(others, 'machine')).toEqual(['cpus: 2 against 4']);
  expect(differencesOf(others, 'scenario')).toEqual(['seed: 1 against 7']);
  expect(differencesOf([fingerprintOf({}), fingerprintOf({})], 'machine')).toEqual([]);
});

test('dialect, transport and middle are parts of the fingerprint, which stays the same without them', () => {
  const { dialect, transport, httpVersion, middle, ...others } = scenario;
  expect(fingerprintOf({}).scenario).toMatchObject({
    dialect,
    transport,
    httpVersion,
    middle,
    hash: hashContent(others),
  });
  const inDialect = fingerprintOf({ dialect: 'openai-chat' });
  expect(inDialect.scenario.hash).not.toBe(fingerprintOf({}).scenario.hash);
  expect(differencesOf([fingerprintOf({}), inDialect], 'scenario')).toEqual([
    'dialect: specified against openai-chat',
  ]);
  const overGet = fingerprintOf({ transport: 'get' });
  expect(overGet.scenario.hash).not.toBe(fingerprintOf({}).scenario.hash);
  expect(differencesOf([fingerprintOf({}), overGet], 'scenario')).toEqual([
    'transport: post against get',
  ]);
  const overHttp2 = fingerprintOf({ httpVersion: '2' });
  expect(overHttp2.scenario.hash).not.toBe(fingerprintOf({}).scenario.hash);
  const foreign = fingerprintOf({ middle: 'foreign' });
  expect(foreign.scenario.hash).not.toBe(fingerprintOf({}).scenario.hash);
  expect(differencesOf([fingerprintOf({}), foreign], 'scenario')).toEqual([
    'middle: none against foreign',
  ]);
});
