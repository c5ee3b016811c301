import type { HttpVersion, Transport } from '../../../reports/fingerprint.ts';
import { createHttp2Client } from './http2-client.ts';
import { createHttp2Connections } from './http2-connections.ts';
import type { ClientHooks, LoadClient } from './load-client.ts';
import { createSteeredClient, type Target } from './steered-client.ts';
import { createWebSocketClient } from './websocket-client.ts';

/** Returns a function that creates clients of a load, with the engine of its transport. */
export function clientOpener(
  target: Target,
  { transport, httpVersion }: { transport: Transport; httpVersion: HttpVersion },
): (hooks: ClientHooks) => LoadClient {
  if (transport === 'websocket') return (hooks) => createWebSocketClient(target, hooks);
  if (httpVersion === '1.1') return (hooks) => createSteeredClient(target, hooks);
  const connections = createHttp2Connections(target);
  let clients = 0;
  return (hooks) => {
    clients += 1;
    return createHttp2Client(target, connections, hooks, async () => {
      clients -= 1;
      if (clients === 0) await connections.close();
    });
  };
}
