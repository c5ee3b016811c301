import { createPrivateKey } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';

import { beforeAll, describe, expect, test } from 'vitest';

import { createAuthority, type Authority, type Issued } from '../testing/authority.ts';
import { writeFiles } from '../testing/write-files.ts';
import { readCertificates, type TlsFiles } from './tls-files.ts';

const options = { ca: '--ca', cert: '--cert', key: '--key' };

let authority: Authority;
let issued: Issued;
let other: Issued;

beforeAll(async () => {
  authority = await createAuthority();
  [issued, other] = await Promise.all([authority.issue(), authority.issue()]);
});

const encrypted = (key: string) =>
  createPrivateKey(key)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
    .toString();

describe('files that cannot be used', () => {
  test.each([
    ['a certificate alone', () => ({ cert: issued.cert }), '--cert: needs --key too'],
    ['a key alone', () => ({ key: issued.key }), '--key: needs --cert too'],
    [
      'an authority of other text',
      () => ({ ca: 'hello' }),
      /^--ca: \S+ has no certificate in PEM$/,
    ],
    [
      'a key in place of an authority',
      () => ({ ca: issued.key }),
      /^--ca: \S+ has no certificate in PEM, but a private key$/,
    ],
    [
      'a damaged certificate',
      () => ({ ca: authority.ca + authority.ca.replace(/MII/, 'AAA') }),
      /^--ca: \S+: certificate 2 is damaged$/,
    ],
    [
      'a certificate in place of a key',
      () => ({ cert: issued.cert, key: issued.cert }),
      /^--key: \S+ has no private key in PEM, but a certificate$/,
    ],
    [
      'a damaged key',
      () => ({ cert: issued.cert, key: issued.key.replace(/MI/, 'AA') }),
      /^--key: \S+ has a damaged private key$/,
    ],
    [
      'an encrypted key',
      () => ({ cert: issued.cert, key: encrypted(issued.key) }),
      /^--key: \S+ is encrypted; write the key without a passphrase$/,
    ],
    [
      'the key of another certificate',
      () => ({ cert: issued.cert, key: other.key }),
      /^--key: \S+ is not the key of the first certificate in \S+ \(--cert\)$/,
    ],
  ])('%s', async (_, texts, message) => {
    const files: TlsFiles = await writeFiles(texts());
    expect(() => readCertificates(files, options, () => {})).toThrow(message);
  });
});

test('files that have changed are read again once they belong together', async () => {
  const files = await writeFiles({ ca: authority.ca, ...issued });
  const problems: string[] = [];
  const certificates = readCertificates(files, options, ({ message }) => problems.push(message));
  const first = certificates.current();
  expect(first).toEqual({ ca: authority.ca, ...issued });
  expect(certificates.current()).toBe(first);

  await writeFile(files.cert, other.cert);
  expect(certificates.current()).toBe(first);
  expect(certificates.current()).toBe(first);
  expect(problems).toEqual([expect.stringMatching(/^--key: \S+ is not the key/)]);

  // Replaced in one step, as Kubernetes does.
  await writeFile(`${files.key}.new`, other.key);
  await rename(`${files.key}.new`, files.key);
  expect(certificates.current()).toEqual({ ca: authority.ca, ...other });
  expect(problems).toHaveLength(1);
});

test('files that are missing for a while leave the certificates in use', async () => {
  const files = await writeFiles({ ca: authority.ca });
  const problems: string[] = [];
  const certificates = readCertificates(files, options, ({ message }) => problems.push(message));
  await rm(files.ca);
  expect(certificates.current()).toEqual({ ca: authority.ca });
  expect(problems).toEqual([expect.stringContaining('cannot be read')]);
});
