import type { TLSSocket } from 'node:tls';

import { clearTimeout, setTimeout } from '../timers.ts';

/** What is wrong with a client that fails to connect over TLS, by the codes of OpenSSL and Node. */
const explanations = (server: string): readonly (readonly [code: RegExp, words: string])[] => [
  [/PEER_DID_NOT_RETURN_A_CERTIFICATE/, `it has no certificate, and the ${server} requires one`],
  [/CERT_HAS_EXPIRED/, 'its certificate has expired'],
  [/CERT_NOT_YET_VALID/, 'its certificate is not valid yet; check the clocks of both ends'],
  [
    /SELF_SIGNED|LEAF_SIGNATURE|ISSUER_CERT|UNTRUSTED|CERT_SIGNATURE/,
    `its certificate is not signed by an authority that the ${server} trusts (--client-ca)`,
  ],
  [/INVALID_PURPOSE/, 'its certificate is not for clients'],
  [
    /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_|UNSUPPORTED_CERTIFICATE)/,
    `it refuses the ${server}'s certificate`,
  ],
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTPS?_(?:PROXY_)?REQUEST/,
    'it does not speak TLS',
  ],
  [/NO_APPLICATION_PROTOCOL/, 'it does not offer HTTP/2 (h2)'],
  [/UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW/, 'its version of TLS is too old'],
  [/HANDSHAKE_TIMEOUT/, 'it did not finish the handshake of TLS in time'],
  [
    /ECONNRESET|EPIPE/,
    `it closed the connection during the handshake of TLS; it may refuse the ${server}'s certificate`,
  ],
];

/** How long further clients with the same cause are only counted. */
const countedMs = 10_000;

/** Logs why clients fail to connect. */
export interface RefusedClients {
  log(error: Error, socket: TLSSocket): void;
  /** Logs what is counted so far. */
  close(): void;
}

/**
 * Logs the first client of each cause at once, and the number of the others every 10 s.
 * @param server what the clients connect to, for the words
 */
export function createRefusedClients(
  log: { warn(text: string): void },
  server: 'agent' | 'gateway',
): RefusedClients {
  const periods = new Map<string, { others: number; timer: NodeJS.Timeout }>();

  /** Starts a period of counting. */
  const count = (cause: string): void => {
    const timer = setTimeout(() => endPeriod(cause), countedMs);
    timer.unref();
    periods.set(cause, { others: 0, timer });
  };

  const endPeriod = (cause: string): void => {
    const others = periods.get(cause)?.others ?? 0;
    periods.delete(cause);
    if (others === 0) return;
    log.warn(`${others} more failed to connect within 10 s: ${cause}`);
    count(cause);
  };

  return {
    log(error, socket) {
      const cause = causeOf(error, socket, server);
      const period = periods.get(cause);
      if (period !== undefined) {
        period.others += 1;
        return;
      }
      log.warn(`a client failed to connect: ${cause}`);
      count(cause);
    },
    close() {
      for (const [cause, { others, timer }] of periods) {
        clearTimeout(timer);
        if (others > 0) log.warn(`${others} more failed to connect: ${cause}`);
      }
      periods.clear();
    },
  };
}

/** Returns what is wrong with a client. Node reports a reset if it refuses a certificate. */
function causeOf(error: Error, { authorizationError }: TLSSocket, server: string): string {
  const own = 'code' in error ? String(error.code) : error.name;
  // A code and not an Error, despite its type; null if the certificate is not the cause.
  const code = authorizationError ? String(authorizationError) : own;
  return explanations(server).find(([codes]) => codes.test(code))?.[1] ?? code;
}
