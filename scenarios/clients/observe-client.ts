import { hasTrait } from '../../mock-agent/faults/index.ts';
import type { DialectName } from '../../proto/dialects/dialect.ts';
import type { JournalEntry } from '../control/journal.ts';
import { findEarlyRetry } from '../control/early-retry.ts';
import { planOf } from '../expect/plan-request.ts';
import { predictOutcome } from '../expect/predict-outcome.ts';
import { endpointAt, startCaseServer, type ObservedRequest } from './case-server.ts';
import { judgeText } from './judge-text.ts';
import type { ClientEnd, Observation, Outcome } from './observation.ts';
import type { ClientCase } from './client-cases.ts';

/** A request for a client to send. */
export interface ClientRequest {
  /** The URL of the request. */
  url: string;
  /** The URL that an SDK of the format takes as its base. */
  baseURL: string;
  prompt: string;
  /** Whether to close the client at the final message or an `error` event. */
  closedAtEnd: boolean;
}

/** Runs a client until it ends or is stopped. */
export type RunClient = (request: ClientRequest, stop: AbortSignal) => Promise<ClientEnd>;

export interface ObservedClient {
  /** Undefined for the specified format. */
  dialect: DialectName | undefined;
  run: RunClient;
  /** Receives the paths of the requests of a case after its end, also of those for something else. */
  onPaths?: (paths: readonly string[]) => void;
}

export interface Limits {
  /** When the server ends a stream that never ends by itself: later than the client's own limits. */
  streamLimitMs: number;
  /** A client that takes longer never ends. */
  clientLimitMs: number;
  /** A client that sends this many requests retries for ever. */
  mostRequests: number;
}

/** Runs a client in one case, on an agent and a gateway of its own. */
export async function observeClient(
  clientCase: ClientCase,
  { dialect, run, onPaths }: ObservedClient,
  { streamLimitMs, clientLimitMs, mostRequests }: Limits,
): Promise<Observation> {
  const { scenario, prompt, speed, closedAtEnd } = clientCase;
  const server = await startCaseServer([scenario], {
    speed,
    // A busy machine must not cut a stream that would end.
    streamLimitMs: neverEnds(clientCase) ? streamLimitMs : clientLimitMs,
  });
  const request: ClientRequest = {
    url: endpointAt(server.url, dialect),
    baseURL: dialect?.startsWith('openai') === true ? `${server.url}/v1` : server.url,
    prompt,
    closedAtEnd,
  };

  const stop = new AbortController();
  const watching = setInterval(() => {
    if (server.requests().length >= mostRequests) stop.abort();
  }, 50);
  const limit = setTimeout(() => stop.abort(), clientLimitMs);
  try {
    const end = await run(request, stop.signal);
    const requests = server.requests();
    onPaths?.(server.paths());
    const text = judgeText(
      end.text,
      clientCase,
      requests.map((each) => each.request),
    );
    const isLate = requests.some((each) => endedByLimit(each, streamLimitMs));
    return {
      outcome: outcomeOf(end, text, isLate),
      text,
      error: end.error,
      finishReason: end.finishReason ?? null,
      retries: requests.length >= mostRequests ? 'for ever' : Math.max(0, requests.length - 1),
      retriesAfterText: requests
        .slice(0, -1)
        .some((each, index) => showsText(clientCase, each, index + 1)),
      tooEarly: findEarlyRetry(requests) !== undefined,
    };
  } finally {
    clearInterval(watching);
    clearTimeout(limit);
    await server.close();
  }
}

function outcomeOf({ end }: ClientEnd, text: Observation['text'], isLate: boolean): Outcome {
  if (end === 'crash') return 'crashes';
  if (text === 'repeated') return 'duplicated';
  if (end === 'success') return text === 'whole' ? 'complete' : 'silent';
  if (end === 'none') return 'hangs';
  return isLate ? 'told late' : 'told';
}

/** Returns whether the server's limit ended a stream, and not an earlier error of the agent with that code. */
function endedByLimit({ end, durationMs }: JournalEntry, streamLimitMs: number): boolean {
  return end === 'TIMEOUT' && (durationMs ?? 0) > streamLimitMs * 0.9;
}

/** Returns whether text of a request reaches its client. An answer in one piece shows nothing before its end. */
function showsText(
  { scenario, prompt }: ClientCase,
  { request, isWhole, status }: ObservedRequest,
  nth: number,
): boolean {
  if (status !== 200 || isWhole) return false;
  return predictOutcome(planOf(scenario, { prompt, ...request, nth })).text !== '';
}

function neverEnds({ scenario: { behaviour, cases } }: ClientCase): boolean {
  return [behaviour, ...cases.map((each) => each.behaviour)].some(({ faults }) =>
    faults.some((fault) => hasTrait(fault, 'neverEnds')),
  );
}
