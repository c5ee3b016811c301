import { startServerCommand, type CommandServer } from './start-command.ts';

/** Stands for a free port in the address of a server that a command starts. */
export const portPlace = '{port}';

/** A gateway started by a shell command. */
export interface CommandGateway extends CommandServer {
  /** The address with the port in place of `{port}`. */
  url: string;
}

/** Returns an address with a port in place of `{port}`, to be read as a URL before the gateway listens. */
export function withSomePort(address: string): string {
  return address.replaceAll(portPlace, '1');
}

/**
 * Starts a gateway by a shell command and waits until its port accepts a connection: that of the address, or a free one for `{port}`, which the command finds in `$PORT`.
 * Throws like `startServerCommand`.
 * @param address of the gateway, a URL with http or https
 * @param options `environment`: further variables, such as the address of its agent
 */
export async function startGatewayCommand(
  command: string,
  address: string,
  { environment, signal }: { environment: Readonly<Record<string, string>>; signal: AbortSignal },
): Promise<CommandGateway> {
  const port = address.includes(portPlace) ? {} : { port: portOf(new URL(address)) };
  const server = await startServerCommand(command, signal, { ...port, environment });
  return { ...server, url: address.replaceAll(portPlace, String(server.port)) };
}

function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80));
}
