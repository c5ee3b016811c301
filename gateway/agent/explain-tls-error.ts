/** What is wrong with a certificate or a handshake, by the codes of OpenSSL and Node. */
const explanations: readonly (readonly [code: RegExp, words: string])[] = [
  [/CERT_HAS_EXPIRED/, "the agent's certificate has expired"],
  [/CERT_NOT_YET_VALID/, "the agent's certificate is not valid yet; check the clocks of both ends"],
  [
    /SELF_SIGNED|LEAF_SIGNATURE|ISSUER_CERT|UNTRUSTED|CERT_SIGNATURE/,
    "the agent's certificate is not signed by a trusted authority; name its authority with --agent-ca",
  ],
  [/CERT_REVOKED/, "the agent's certificate is revoked"],
  [
    /ALERT_CERTIFICATE_REQUIRED|ALERT_HANDSHAKE_FAILURE/,
    'the agent refuses a client without a certificate; name one with --agent-cert and --agent-key',
  ],
  [
    /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED|DECRYPT_ERROR)/,
    'the agent refuses the certificate of --agent-cert',
  ],
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/,
    'the agent does not speak TLS; leave out --agent-tls',
  ],
];

/** Returns an error that says in words what is wrong with a connection over TLS; others stay as they are. */
export function explainTlsError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return new Error(wordsOfName(error), { cause: error });
  const words = wordsOfTls(code);
  return words === undefined ? error : Object.assign(new Error(words, { cause: error }), { code });
}

/**
 * Returns in words what OpenSSL says of a connection; undefined for other texts.
 * @param text a code or a message, such as `tlsv13 alert certificate required`
 */
export function wordsOfTls(text: string): string | undefined {
  const code = text.replaceAll(' ', '_').toUpperCase();
  return explanations.find(([codes]) => codes.test(code))?.[1];
}

/** Returns the error of a connection that the agent closed before its first frame, without a reason. */
export function closedWithoutAnswer(isTls: boolean): Error {
  const reason = isTls
    ? 'it may refuse the certificate of --agent-cert, or expect one'
    : 'it may expect TLS (--agent-tls)';
  return new Error(`the agent closed the connection before it answered in HTTP/2; ${reason}`);
}

function wordsOfName(error: Error): string {
  const host = 'host' in error ? String(error.host) : 'this host';
  const subject: unknown = 'cert' in error ? Reflect.get(Object(error.cert), 'subjectaltname') : '';
  const names =
    typeof subject === 'string' ? subject.replaceAll(/(?:DNS|IP Address):/g, '') : 'another name';
  return `the agent's certificate is not for ${host} but for ${names}; choose a name of the certificate with --agent-authority`;
}
