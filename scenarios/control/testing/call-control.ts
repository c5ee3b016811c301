import { request } from 'node:http';

import { onTestFinished } from 'vitest';

import { startRehearsal, type Rehearsal } from '../../testkit/start-rehearsal.ts';

const say = (given: string) => ({
  name: given,
  description: given,
  behaviour: { text: { given } },
});

/** Starts a rehearsal of two scenarios, which say their names. */
export async function startTwo() {
  const rehearsal = await startRehearsal({
    scenarios: [say('one'), say('two')],
    speed: 'instant',
    seed: 3,
  });
  onTestFinished(() => rehearsal.close());
  return rehearsal;
}

interface ControlResponse {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: unknown;
}

/** Sends a request to the control interface by `node:http`, which can set every header, unlike fetch. */
export function call(
  { url }: Rehearsal,
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<ControlResponse> {
  return new Promise((resolve, reject) => {
    const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const sent = request(`${url}/__rehearsal${path}`, { method, headers: { ...type, ...headers } });
    sent.once('error', reject);
    sent.once('response', (response) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += part.toString()));
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: JSON.parse(text),
        }),
      );
    });
    sent.end(body);
  });
}

/** Returns the text of a stream. */
export const textOf = async ({ endpoint }: Rehearsal, query = '') =>
  [...(await (await fetch(`${endpoint}?prompt=a${query}`)).text()).matchAll(/"delta":"([^"]*)"/g)]
    .map(([, delta]) => delta)
    .join('');
