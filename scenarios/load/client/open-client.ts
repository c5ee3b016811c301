import type { Transport } from '../../../reports/fingerprint.ts';
import type { ClientHooks, LoadClient } from './load-client.ts';
import { createSteeredClient, type Target } from './steered-client.ts';
import { createWebSocketClient } from './websocket-client.ts';

/** Creates a client of a load, with the engine of its transport. */
export function openClient(target: Target, transport: Transport, hooks: ClientHooks): LoadClient {
  return transport === 'websocket'
    ? createWebSocketClient(target, hooks)
    : createSteeredClient(target, hooks);
}
