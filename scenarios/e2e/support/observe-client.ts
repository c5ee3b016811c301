import type { JournalEntry } from '../../control/journal.ts';
import { expectWaitForRetryAfter } from '../../testkit/expect-requests.ts';
import type { ClientRequest, Heard } from './clients/client.ts';
import { startScaled, streamLimitMs } from './scaled-stack.ts';
import type { Seen } from './seen.ts';
import { wholeText, type Trial, type Trials } from './trials.ts';

/** Mostly they wait; but a machine that has too much to do would blur what is seen. */
const atOnce = 5;

/** After so many requests a client would go on for ever. */
const mostRequests = 4;

/** So long no client takes that is ever over. */
const limitMs = 40_000;

/** Runs a client until it is over, or until it is told to stop. */
export type RunClient = (request: ClientRequest, stop: AbortSignal) => Promise<Heard>;

/**
 * Tries a client with every trial, some at a time, on agents and gateways of their own.
 * @returns JSON, by the kinds and names of the trials: the file that docs/clients.md is written from
 */
export async function observeAll(trials: Trials, run: RunClient): Promise<string> {
  const outcomes = new Map<Trial, Seen>();
  const left = Object.values(trials).flat().values();
  const takeTurns = async () => {
    for (const trial of left) outcomes.set(trial, await observe(trial, run));
  };
  await Promise.all(Array.from({ length: atOnce }, takeTurns));
  // In the order of the trials, whichever was over first.
  const seen = Object.entries(trials).map(([kind, list]) => [
    kind,
    Object.fromEntries(list.map((trial) => [trial.name, outcomes.get(trial)])),
  ]);
  return `${JSON.stringify(Object.fromEntries(seen), null, 2)}\n`;
}

async function observe(trial: Trial, run: RunClient): Promise<Seen> {
  const { scenario, prompt, fault = '', speed, closedAtEnd } = trial;
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
    const heard = await run(request, stop.signal);
    const requests = stack.requests();
    return {
      text: judgeText(heard.text, trial, requests.length),
      told: heard.final ? 'final' : (heard.code ?? heard.complaint),
      askedAgain: judgeRequests(requests.length),
      tooEarly: isTooEarly(requests),
      hangs: stop.signal.reason === 'too long' || requests.some(endedByLimit),
    };
  } finally {
    clearInterval(watching);
    clearTimeout(limit);
    await stack.close();
  }
}

function judgeRequests(requests: number): Seen['askedAgain'] {
  if (requests >= mostRequests) return 'for ever';
  return requests > 1 ? 'yes' : 'no';
}

/**
 * What a text is to those that the agent means to say. Of a generation that was asked for anew the text
 * is another one, and whole is whole.
 */
export function judgeText(text: string, trial: Trial, requests: number): Seen['text'] {
  const wholes = Array.from({ length: requests }, (_, index) => wholeText(trial, index + 1));
  if (text === '') return 'none';
  if (wholes.includes(text)) return 'whole';
  if (wholes.some((whole) => whole.startsWith(text))) return 'part';
  return requests > 1 || wholes.some((whole) => text.length > whole.length) ? 'repeated' : 'wrong';
}

/** The server's own limit, and not an error of the same code that the agent told before. */
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
