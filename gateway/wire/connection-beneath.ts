import { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/**
 * Returns the TCP connection of TLS, which alone can be reset, and written to without TLS. Node keeps it in a
 * property that its API does not name; undefined if that is gone.
 */
export function connectionBeneath(socket: TLSSocket): Socket | undefined {
  const beneath: unknown = Reflect.get(socket, '_parent');
  return beneath instanceof Socket ? beneath : undefined;
}
