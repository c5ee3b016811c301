import { expect, test } from 'vitest';

import { explainTlsError, wordsOfTls } from './explain-tls-error.ts';

test.each([
  ['CERT_HAS_EXPIRED', 'has expired'],
  ['CERT_NOT_YET_VALID', 'is not valid yet'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'not signed by a trusted authority'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'not signed by a trusted authority'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'not signed by a trusted authority'],
  ['CERT_SIGNATURE_FAILURE', 'not signed by a trusted authority'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'refuses a client without a certificate'],
  ['SSL routines:ssl3_read_bytes:tlsv13 alert certificate required', 'refuses a client without'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'refuses the certificate of --agent-cert'],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'refuses the certificate of --agent-cert'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'does not speak TLS'],
])('%s is said in words', (code, words) => {
  expect(wordsOfTls(code)).toContain(words);
  expect(explainTlsError(Object.assign(new Error('x'), { code })).message).toBe(wordsOfTls(code));
});

test('other errors stay as they are', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  expect(explainTlsError(refused)).toBe(refused);
  expect(explainTlsError('closed').message).toBe('closed');
});
