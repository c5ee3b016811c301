import { existsSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { pathToFileURL } from 'node:url';

import { z } from 'zod';

import { placeOfLoadError } from './locate-error.ts';
import type { ClientFunction, FromClientThread, ToClientThread } from './client-module.ts';

/** Runs the client of a module in a thread, which can be ended while the client computes for ever. */

const { file } = z.object({ file: z.string() }).parse(workerData);

const stops = new Map<number, AbortController>();

const send = (message: FromClientThread): void => parentPort?.postMessage(message, []);

const isClient = (value: unknown): value is ClientFunction => typeof value === 'function';

const client = await loadClient();
if (typeof client === 'string') {
  send({ type: 'unusable', message: client });
} else {
  parentPort?.on('message', (message: ToClientThread) => {
    if (message.type === 'stop') stops.get(message.id)?.abort();
    else void run(client, message);
  });
  send({ type: 'ready' });
}

/** Returns the client, or why there is none. */
async function loadClient(): Promise<ClientFunction | string> {
  if (!existsSync(file)) return 'there is no such file';
  try {
    const module: unknown = await import(pathToFileURL(file).href);
    const exported: unknown = Reflect.get(Object(module), 'default');
    if (isClient(exported)) return exported;
    return 'it has no function as its default export; write `export default async function ({ baseURL, prompt }) { … }`';
  } catch (error) {
    const place = error instanceof Error ? placeOfLoadError(error, file) : undefined;
    return place === undefined ? describe(error) : `${place}: ${describe(error)}`;
  }
}

async function run(
  client: ClientFunction,
  { id, request }: Extract<ToClientThread, { type: 'run' }>,
): Promise<void> {
  const stop = new AbortController();
  stops.set(id, stop);
  try {
    const text: unknown = await client({ ...request, signal: stop.signal });
    if (typeof text === 'string') send({ type: 'returned', id, text });
    else send({ type: 'no-text', id, kind: text === null ? 'null' : typeof text });
  } catch (error) {
    send({ type: 'threw', id, error: describe(error) });
  } finally {
    stops.delete(id);
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const name = error.name === 'Error' ? error.constructor.name : error.name;
  const [line = ''] = error.message.split('\n');
  return line === '' ? name : `${name}: ${line}`;
}
