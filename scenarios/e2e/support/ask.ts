import { createParser } from 'eventsource-parser';
import { z } from 'zod';

import { generatePath } from '../../../proto/interface.ts';
import { readRaw } from '../../../gateway/testing/read-raw.ts';
import type { Outcome } from '../../../reports/sample.ts';
import type { PredictedOutcome } from '../../expect/predict-outcome.ts';

/** What to ask for; everything travels as a client would send it. */
export interface Ask {
  scenario: string;
  key: string;
  prompt?: string;
  speed?: number | 'instant';
}

/**
 * Asks a gateway over a socket of its own and says what a right client makes of the answer.
 *
 * Independent of the load client: bytes from the socket, a parser of others, nothing else.
 * @param idleMs how long nothing may come before the stream is given up as stalled.
 */
export async function ask(
  url: string,
  { scenario, key, prompt = 'hello', speed = 1 }: Ask,
  idleMs: number,
): Promise<PredictedOutcome> {
  const { head, body, whole, ending } = await readRaw(
    url,
    `${generatePath}?${new URLSearchParams({ prompt, scenario }).toString()}`,
    { headers: { 'x-rehearsal-key': key, 'x-rehearsal-speed': String(speed) }, idleMs },
  );
  const status = Number(head.split(' ')[1]);
  if (status !== 200 || !head.includes('\r\nContent-Type: text/event-stream\r\n')) {
    const isError = head.includes('Content-Type: application/json');
    const told = isError ? { code: errorSchema.parse(JSON.parse(body)).code } : {};
    return { status, outcome: 'rejected', ...told, text: '' };
  }
  const read = readEvents(body);
  if (read.outcome !== undefined) return { status, ...read, outcome: read.outcome };
  const outcome = ending === 'idle' ? 'stalled' : ending === 'end' || whole ? 'cut' : 'reset';
  return { status, outcome, text: read.text };
}

/** The events of a body, up to the first that no right client can read. */
function readEvents(body: string): { text: string; outcome?: Outcome; code?: string } {
  let seen: { text: string; outcome?: Outcome; code?: string } = { text: '' };
  const parser = createParser({
    onEvent({ event, data }) {
      if (event === 'ping' || seen.outcome === 'malformed') return;
      if (seen.outcome !== undefined) {
        seen = { text: seen.text, outcome: 'malformed' };
        return;
      }
      const said = readData(data);
      if (said === undefined) {
        seen.outcome = 'malformed';
        return;
      }
      seen.text += said.delta ?? '';
      if (said.isFinal === true) seen.outcome = 'completed';
      if (said.code !== undefined) seen = { text: seen.text, outcome: 'failed', code: said.code };
    },
  });
  parser.feed(body);
  return seen;
}

const errorSchema = z.object({ code: z.string() });

const dataSchema = z.union([z.object({ delta: z.string(), isFinal: z.boolean() }), errorSchema]);

function readData(json: string): { delta?: string; isFinal?: boolean; code?: string } | undefined {
  try {
    return dataSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}
