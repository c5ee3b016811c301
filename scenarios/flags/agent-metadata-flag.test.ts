import { describe, expect, test } from 'vitest';

import { maskMetadata, parseMetadata } from './agent-metadata-flag.ts';

test('a value is written, or taken from the environment', () => {
  expect(parseMetadata('x-team=red=1', {})).toEqual({ name: 'x-team', value: 'red=1' });
  expect(parseMetadata('authorization=env:AUTH', { AUTH: 'Bearer s3cret' })).toEqual({
    name: 'authorization',
    value: 'Bearer s3cret',
  });
});

describe('a mistake is explained without the value', () => {
  test.each([
    ['s3cret', 'Write name=value'],
    ['name=', 'Write name=value'],
    ['Authorization=s3cret', 'lower-case letters'],
    ['key-bin=s3cret', 'nor ends with -bin'],
    ['grpc-timeout=s3cret', 'neither starts with grpc-'],
    ['a=env:MISSING', 'The environment variable MISSING is not set.'],
    ['a=s3cret\n', 'printable ASCII'],
  ])('%j', (text, message) => {
    expect(() => parseMetadata(text, {})).toThrow(message);
    expect(() => parseMetadata(text, {})).toThrow(/^(?!.*s3cret)/s);
  });
});

test('a value is never shown', () => {
  expect(maskMetadata({ name: 'authorization', value: 's3cret' })).toBe('authorization=***');
  expect(maskMetadata('authorization=s3cret')).toBe('authorization=***');
  expect(maskMetadata('s3cret')).toBe('***');
  expect(maskMetadata('authorization=env:AUTH')).toBe('authorization=env:AUTH');
});
