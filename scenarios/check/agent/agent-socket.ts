import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, createSecureContext } from 'node:tls';

import type { AgentAccess } from '../../../gateway/agent/agent-access.ts';
import { socketPathOf } from '../../flags/agent-address.ts';

/** Where an agent is, and how it is reached. */
export interface AgentPlace {
  /** `host:port`, `[ipv6]:port` or `unix:path`. */
  address: string;
  access: AgentAccess;
}

/** How long an agent may take to accept a connection, handshake of TLS included. */
const connectLimitMs = 5000;

/** Returns the name by which HTTP/2 calls an agent, as gRPC does. */
export function authorityOf({ address, access: { authority } }: AgentPlace): string {
  return authority ?? (socketPathOf(address) === undefined ? address : 'localhost');
}

/**
 * Connects to an agent, over TLS if there are certificates.
 * @throws the error of Node or of OpenSSL, or Error if the agent takes too long
 * @throws the signal's reason
 */
export async function openAgentSocket(place: AgentPlace, signal: AbortSignal): Promise<Socket> {
  const limit = AbortSignal.timeout(connectLimitMs);
  const isTls = place.access.certificates !== undefined;
  const socket = isTls ? connectOverTls(place) : connect(targetOf(place.address));
  let isAccepted = false;
  socket.once('connect', () => {
    isAccepted = true;
  });
  try {
    await once(socket, isTls ? 'secureConnect' : 'connect', {
      signal: AbortSignal.any([signal, limit]),
    });
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw limit.aborted ? new Error(lateWords(isAccepted), { cause: error }) : error;
  }
  // The connection may fail before its user listens.
  socket.on('error', () => {});
  return socket;
}

const lateWords = (isAccepted: boolean): string =>
  isAccepted
    ? 'the agent accepts the connection but does not answer in TLS'
    : `the agent does not accept a connection within ${connectLimitMs / 1000} s`;

function connectOverTls({ address, access: { certificates, authority } }: AgentPlace): Socket {
  const target = targetOf(address);
  const name = authority ?? target.host ?? 'localhost';
  return connectTls({
    ...target,
    secureContext: createSecureContext(certificates?.current()),
    rejectUnauthorized: certificates?.acceptsAny !== true,
    ALPNProtocols: ['h2'],
    // Node warns about an address as the name of a server.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
  });
}

function targetOf(
  address: string,
): { host: string; port: number } | { path: string; host?: undefined } {
  const path = socketPathOf(address);
  if (path !== undefined) return { path };
  const { hostname, port } = new URL(`http://${address}`);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) };
}
