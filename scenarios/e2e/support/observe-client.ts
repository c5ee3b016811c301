import type { JournalEntry } from '../../control/journal.ts';
import { expectWaitForRetryAfter } from '../../testkit/expect-requests.ts';
import type { ClientRequest, ClientState } from './clients/client.ts';
import { startScaled, streamLimitMs } from './scaled-stack.ts';
import type { Observation } from './observation.ts';
import { wholeText, type ClientCase, type ClientCases } from './client-cases.ts';

/** Clients mostly wait, but more at once on a busy machine would change what they do. */
const maxAtOnce = 5;

/** A client that sends this many requests retries for ever. */
const mostRequests = 4;

/** A client that takes longer never ends. */
const limitMs = 40_000;

/** Runs a client until it ends or is stopped. */
export type RunClient = (request: ClientRequest, stop: AbortSignal) => Promise<ClientState>;

/**
 * Runs a client in every case, some at a time, each on its own agent and gateway.
 * @returns the JSON file from which docs/clients.md is generated: kind → name of the case → observation
 */
export async function observeAll(cases: ClientCases, run: RunClient): Promise<string> {
  const observations = new Map<ClientCase, Observation>();
  const queue = Object.values(cases).flat().values();
  const takeCases = async () => {
    for (const clientCase of queue) observations.set(clientCase, await observe(clientCase, run));
  };
  await Promise.all(Array.from({ length: maxAtOnce }, takeCases));
  // In the order of the cases, not of their ends.
  const byKind = Object.entries(cases).map(([kind, list]) => [
    kind,
    Object.fromEntries(list.map((clientCase) => [clientCase.name, observations.get(clientCase)])),
  ]);
  return `${JSON.stringify(Object.fromEntries(byKind), null, 2)}\n`;
}

async function observe(clientCase: ClientCase, run: RunClient): Promise<Observation> {
  const { scenario, prompt, fault = '', speed, closedAtEnd } = clientCase;
  const stack = await startScaled([scenario], speed);
  const request = {
    url: `${stack.endpoint}?stream=true${fault && `&fault=${encodeURIComponent(fault)}`}`,
    prompt,
    closedAtEnd,
  };

  const stop = new AbortController();
  const watching = setInterval(() => {
    if (stack.requests().length >= mostRequests) stop.abort();
  }, 10);
  const limit = setTimeout(() => stop.abort('too long'), limitMs);
  try {
    const state = await run(request, stop.signal);
    const requests = stack.requests();
    return {
      text: judgeText(state.text, clientCase, requests.length),
      error: state.final ? 'final' : (state.code ?? state.clientError),
      retries: judgeRequests(requests.length),
      tooEarly: isTooEarly(requests),
      hangs: stop.signal.reason === 'too long' || requests.some(endedByLimit),
    };
  } finally {
    clearInterval(watching);
    clearTimeout(limit);
    await stack.close();
  }
}

function judgeRequests(requests: number): Observation['retries'] {
  if (requests >= mostRequests) return 'for ever';
  return requests > 1 ? 'yes' : 'no';
}

/**
 * Compares a client's text with the texts that the agent planned. Each retry starts a new generation with
 * its own text, and any of them counts as whole.
 */
export function judgeText(
  text: string,
  clientCase: ClientCase,
  requests: number,
): Observation['text'] {
  const wholes = Array.from({ length: requests }, (_, index) => wholeText(clientCase, index + 1));
  if (text === '') return 'none';
  if (wholes.includes(text)) return 'whole';
  if (wholes.some((whole) => whole.startsWith(text))) return 'part';
  return requests > 1 || wholes.some((whole) => text.length > whole.length) ? 'repeated' : 'wrong';
}

/** Returns whether the server's limit ended a stream, and not an earlier error of the agent with that code. */
function endedByLimit({ end, durationMs }: JournalEntry): boolean {
  return end === 'TIMEOUT' && (durationMs ?? 0) > streamLimitMs * 0.9;
}

function isTooEarly(requests: readonly JournalEntry[]): boolean {
  if (requests.every(({ retryAfterSec }) => retryAfterSec === null)) return false;
  try {
    expectWaitForRetryAfter(requests);
    return false;
  } catch {
    return true;
  }
}
