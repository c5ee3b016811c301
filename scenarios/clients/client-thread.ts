import { existsSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { pathToFileURL } from 'node:url';

import { z } from 'zod';

import type { ClientFunction, FromClientThread, ToClientThread } from './client-module.ts';

/** Runs the client of a module in a thread, which can be ended while the client computes for ever. */

const { file } = z.object({ file: z.string() }).parse(workerData);

const stops = new Map<number, AbortController>();

const send = (message: FromClientThread): void => parentPort?.postMessage(message, []);

const isClient = (value: unknown): value is ClientFunction => typeof value === 'function';

try {
  if (!existsSync(file)) throw new Error('there is no such file');
  const module: unknown = await import(pathToFileURL(file).href);
  const client: unknown = Reflect.get(Object(module), 'default');
  if (!isClient(client)) {
    send({
      type: 'unusable',
      message: `it has no function as its default export; write \`export default async function ({ baseURL, prompt }) { … }\``,
    });
  } else {
    parentPort?.on('message', (message: ToClientThread) => {
      if (message.type === 'stop') stops.get(message.id)?.abort();
      else void run(client, message);
    });
    send({ type: 'ready' });
  }
} catch (error) {
  send({ type: 'unusable', message: describe(error) });
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
