import type { Logger } from 'pino';

import { createRefusedClients } from '../../proto/http2/refused-clients.ts';
import { describeExpiry, readCertificates } from '../../proto/http2/tls-files.ts';
import type { GatewayOptions } from '../options.ts';
import type { ServerTls } from './tls-server.ts';

/** The flags of the files, for messages. */
const flags = { ca: '', cert: '--tls-cert', key: '--tls-key' };

/**
 * Reads the certificate of the gateway; returns undefined without one.
 * @throws ContractError (tls-file)
 */
export function readOwnTls(
  { tlsCert: cert, tlsKey: key }: Pick<GatewayOptions, 'tlsCert' | 'tlsKey'>,
  log: Logger,
): Omit<ServerTls, 'handshakeLimitMs'> | undefined {
  if (cert === undefined && key === undefined) return undefined;
  const certificates = readCertificates({ cert, key }, flags, ({ message }) =>
    log.warn(`${message}; the certificates before it stay in use`),
  );
  const expiry = describeExpiry(certificates, flags.cert, cert);
  if (expiry !== undefined) log.warn(expiry);
  return {
    certificates,
    refused: createRefusedClients(log, 'gateway'),
  };
}
