import { Metadata } from '@grpc/grpc-js';
import { expect, test } from 'vitest';

import { identifyOnce } from './stream-identity.ts';

function described(key: string): Metadata {
  const metadata = new Metadata();
  metadata.set('x-rehearsal-key', key);
  return metadata;
}

test('a stream is identified by its description, once', () => {
  const identify = identifyOnce('m');
  const metadata = described('k');
  const identity = identify({ metadata });
  expect(identify({ metadata })).toBe(identity);
  expect(identifyOnce('m')({ metadata: described('k') })).toEqual(identity);
  expect(identifyOnce('m')({ metadata: described('other') })).not.toEqual(identity);
});

test('a stream without a description keeps the identity that its headers had', () => {
  const identify = identifyOnce('m');
  const identity = identify({ metadata: undefined });
  expect(identify({ metadata: undefined })).toBe(identity);
  expect(identify({ metadata: new Metadata() })).toBe(identity);
  expect(identifyOnce('m')({ metadata: undefined })).not.toEqual(identity);
});

test('a slow description replaces the identity of the headers', () => {
  const identify = identifyOnce('m');
  identify({ metadata: undefined });
  expect(identify({ metadata: described('k') })).toEqual(
    identifyOnce('m')({ metadata: described('k') }),
  );
});
