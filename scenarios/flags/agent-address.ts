import { RehearsalError } from '../console/rehearsal-error.ts';
import { socketPathProblem } from './socket-path.ts';

const forms =
  'host:port, [ipv6]:port, dns:///host:port, ipv4:address:port, ipv6:[address]:port or unix:path';

/**
 * Returns an agent's address in the form that gRPC dials.
 * @throws RehearsalError (argument) for an address without a port, which gRPC would dial at port 443
 */
export function readAgentAddress(text: string): string {
  const problem = problemOf(text);
  if (problem === undefined) return text;
  throw new RehearsalError('argument', `It ${problem}.`);
}

/** Returns the path of an address at a Unix socket; undefined for other addresses. */
export function socketPathOf(text: string): string | undefined {
  return /^unix:(?:\/\/)?([^/].*|\/.+)$/s.exec(text)?.[1];
}

function problemOf(text: string): string | undefined {
  const socketPath = socketPathOf(text);
  if (socketPath !== undefined) return socketPathProblem(socketPath);
  const [, scheme = '', location = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(text) ?? [];
  if (scheme !== '' && scheme !== 'dns') {
    const { hostname, port } = URL.canParse(`http://${location}`)
      ? new URL(`http://${location}`)
      : { hostname: 'host', port: '' };
    return `has a scheme that gRPC does not dial; write ${hostname}:${port || '50051'}, and --agent-tls for TLS`;
  }
  const addresses = listOf(scheme === 'dns' ? location.replace(/^[^/]*\//, '') : text);
  const portless = addresses.find((address) => !hasPort(address));
  if (portless === undefined) return undefined;
  return addresses.length === 1 && /^[\w.-]+$/.test(portless)
    ? `has no port; write ${portless}:50051`
    : `is not an address of an agent; write ${forms}, with a port from 1 to 65535`;
}

/** Splits a list of addresses, which gRPC accepts only after `ipv4:` and `ipv6:`. */
function listOf(text: string): string[] {
  const numeric = /^(?:ipv4|ipv6):(.*)$/s.exec(text)?.[1];
  return numeric?.split(',') ?? [text.replace(/^dns:/, '')];
}

function hasPort(address: string): boolean {
  const port = /^(?:\[[\da-f:.]+(?:%\w+)?\]|[^\s:/?#@[\]]+):(\d{1,5})$/i.exec(address)?.[1];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}
