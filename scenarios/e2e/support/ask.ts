import { createParser } from 'eventsource-parser';
import { z } from 'zod';

import { generatePath } from '../../../proto/interface.ts';
import { readRaw } from '../../../gateway/testing/read-raw.ts';
import type { Outcome } from '../../../reports/sample.ts';
import type { PredictedOutcome } from '../../expect/predict-outcome.ts';

/** A request as a client sends it. */
export interface Ask {
  scenario: string;
  key: string;
  prompt?: string;
  speed?: number | 'instant';
}

/** Time limit of the first byte, long enough for a busy machine. */
export const headMs = 60_000;

/**
 * Sends a request to a gateway on a new socket and returns the outcome that a correct client sees.
 *
 * Independent of the load client: it reads bytes from the socket with the parser of another package.
 * @param idleMs the longest silence before the stream counts as stalled
 * @throws Error if no byte of an answer comes
 */
export async function ask(
  url: string,
  { scenario, key, prompt = 'hello', speed = 1 }: Ask,
  idleMs: number,
): Promise<Omit<PredictedOutcome, 'code'> & { code?: string }> {
  const { head, body, whole, ending } = await readRaw(
    url,
    `${generatePath}?${new URLSearchParams({ prompt, scenario }).toString()}`,
    { headers: { 'x-rehearsal-key': key, 'x-rehearsal-speed': String(speed) }, idleMs, headMs },
  );
  if (head === '') throw new Error(`no answer (${ending}) for ${scenario}, ${key}`);
  const status = Number(head.split(' ')[1]);
  if (status !== 200 || !head.includes('\r\nContent-Type: text/event-stream\r\n')) {
    const isError = head.includes('Content-Type: application/json');
    const error = isError ? { code: errorSchema.parse(JSON.parse(body)).code } : {};
    return { status, outcome: 'rejected', ...error, text: '' };
  }
  const read = readEvents(body);
  if (read.outcome !== undefined) return { status, ...read, outcome: read.outcome };
  const outcome = ending === 'idle' ? 'stalled' : ending === 'end' || whole ? 'cut' : 'reset';
  return { status, outcome, text: read.text };
}

/** Reads the events of a body up to the first one that no correct client can parse. */
function readEvents(body: string): { text: string; outcome?: Outcome; code?: string } {
  let result: { text: string; outcome?: Outcome; code?: string } = { text: '' };
  const parser = createParser({
    onEvent({ event, data }) {
      if (event === 'ping' || result.outcome === 'malformed') return;
      if (result.outcome !== undefined) {
        result = { text: result.text, outcome: 'malformed' };
        return;
      }
      const message = readData(data);
      if (message === undefined) {
        result.outcome = 'malformed';
        return;
      }
      const { delta = '', isFinal, code } = message;
      result.text += delta;
      if (isFinal === true) result.outcome = 'completed';
      if (code !== undefined) result = { text: result.text, outcome: 'failed', code };
    },
  });
  parser.feed(body);
  return result;
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
