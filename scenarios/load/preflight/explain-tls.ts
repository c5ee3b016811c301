/** What is wrong with a connection over TLS, in words. */
interface TlsProblem {
  /** A noun phrase or a sentence without its full stop. */
  finding: string;
  /** What to do about it, in a sentence. */
  advice: string;
}

const addAuthority =
  '--ca FILE or NODE_EXTRA_CA_CERTS=FILE trusts another authority, --insecure accepts any certificate.';

/** By the codes of OpenSSL and Node. */
const problems: readonly (readonly [code: RegExp, finding: string, advice: string])[] = [
  [
    /CERT_HAS_EXPIRED/,
    'its certificate has expired',
    'Renew the certificate, or accept it with --insecure.',
  ],
  [
    /CERT_NOT_YET_VALID/,
    'its certificate is not valid yet',
    'Check the clocks of both machines, or accept it with --insecure.',
  ],
  [/CERT_REVOKED/, 'its certificate is revoked', 'Replace the certificate.'],
  [
    /DEPTH_ZERO_SELF_SIGNED/,
    'its certificate is signed by itself and not by an authority',
    '--ca FILE or NODE_EXTRA_CA_CERTS=FILE with this certificate trusts it, --insecure accepts any certificate.',
  ],
  [
    /SELF_SIGNED|LEAF_SIGNATURE|ISSUER_CERT|UNTRUSTED|CERT_/,
    'its certificate is not signed by a trusted authority',
    addAuthority,
  ],
  [
    /ALERT_CERTIFICATE_REQUIRED|ALERT_HANDSHAKE_FAILURE|ALERT_BAD_CERTIFICATE/,
    'it refuses a client without a certificate',
    'A load has no certificate of its own; a proxy beside it can show one.',
  ],
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/,
    'it does not speak TLS on this port',
    'Write http://, or check the port.',
  ],
];

/**
 * Returns in words what a failed connection says of certificate or TLS; undefined for another error. The code
 * stays in the finding, for searches.
 */
export function explainTls(error: Error): TlsProblem | undefined {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return explainName(error, code);
  // EPROTO has its cause in the message only.
  const text = code === 'EPROTO' ? causeOf(error) : code;
  const known = problems.find(([pattern]) => pattern.test(text));
  if (known === undefined) return undefined;
  const [, finding, advice] = known;
  return { finding: `${finding} (${code})`, advice };
}

/** Returns the words of OpenSSL in the message, written as its codes. */
const causeOf = ({ message }: Error): string => message.replaceAll(' ', '_').toUpperCase();

function explainName(error: Error, code: string): TlsProblem {
  const host = 'host' in error ? String(error.host) : 'this host';
  const names: unknown = 'cert' in error ? Reflect.get(Object(error.cert), 'subjectaltname') : '';
  const others =
    typeof names === 'string' ? names.replaceAll(/(?:DNS|IP Address):/g, '') : 'another name';
  return {
    finding: `its certificate is not for ${host} but for ${others} (${code})`,
    advice:
      'Write a name of the certificate in the URL, or accept any certificate with --insecure.',
  };
}
