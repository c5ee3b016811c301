import type { IncomingMessage } from 'node:http';

import type { GatewayError } from '../../gateway/errors.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import { clearTimeout, setTimeout } from '../../proto/timers.ts';
import type { JournalEntry } from './journal.ts';

/** Waits for streams that are not open yet. */
export interface AwaitedStreams {
  /**
   * Resolves with the id of the next stream of a test, or of any.
   * @throws RehearsalError (stream) that names the requests that came instead, if none is opened in time
   */
  next(test: string | undefined, limitMs: number): Promise<string>;
  isAwaited(entry: JournalEntry): boolean;
  /** Notes a request for a generation. */
  arrived(entry: JournalEntry): void;
  /** Notes any other request that the gateway refused. */
  refused(error: GatewayError, message: IncomingMessage | undefined): void;
  opened(entry: JournalEntry): void;
  /** Ends every wait for a stream of a test, or of any. */
  stop(test?: string): void;
}

interface Wait {
  test: string | undefined;
  /** The latest requests meanwhile, each with what became of it. */
  requests: (() => string)[];
  requestCount: number;
  resolve(id: string): void;
  reject(error: RehearsalError): void;
}

/** How many requests a message names. */
const mostNamed = 5;

export function createAwaitedStreams(): AwaitedStreams {
  let waits: Wait[] = [];

  const note = (describe: (wait: Wait) => string) => {
    for (const wait of waits) {
      wait.requestCount += 1;
      wait.requests.push(() => describe(wait));
      if (wait.requests.length > mostNamed) wait.requests.shift();
    }
  };

  return {
    next: (test, limitMs) =>
      new Promise((resolve, reject) => {
        const wait: Wait = {
          test,
          requests: [],
          requestCount: 0,
          resolve(id) {
            clearTimeout(timer);
            resolve(id);
          },
          reject(error) {
            clearTimeout(timer);
            reject(error);
          },
        };
        const timer = setTimeout(() => {
          waits = waits.filter((each) => each !== wait);
          const requests = describeRequests(wait);
          reject(
            new RehearsalError('stream', `no stream was opened within ${limitMs} ms${requests}`),
          );
        }, limitMs);
        waits.push(wait);
      }),
    isAwaited: (entry) => waits.some(({ test }) => isOf(entry, test)),
    arrived: (entry) => note(({ test }) => describeEntry(entry, test)),
    refused(error, message) {
      const target = message === undefined ? 'invalid HTTP' : describeTarget(message);
      note(() => `${target} (${error.httpStatus} ${error.code})`);
    },
    opened(entry) {
      const isWanted = ({ test }: Wait) => isOf(entry, test);
      for (const wait of waits.filter(isWanted)) wait.resolve(entry.id);
      waits = waits.filter((wait) => !isWanted(wait));
    },
    stop(test) {
      const isMeant = (wait: Wait) => test === undefined || wait.test === test;
      const ended = waits.filter(isMeant);
      waits = waits.filter((wait) => !isMeant(wait));
      for (const wait of ended) {
        wait.reject(new RehearsalError('stream', 'no stream was opened before the end'));
      }
    },
  };
}

/** Returns whether a request is of a test; every request is of undefined. */
export function isOf(entry: JournalEntry, test: string | undefined): boolean {
  return test === undefined || entry.test === test;
}

function describeRequests({ requests, requestCount }: Wait): string {
  if (requestCount === 0) return ': no request came';
  const more = requestCount - requests.length;
  const earlier = more === 0 ? '' : `${more} more, then `;
  return `; these requests came: ${earlier}${requests.map((describe) => describe()).join(', ')}`;
}

function describeEntry(entry: JournalEntry, test: string | undefined): string {
  const { transport, path } = entry;
  const target = transport === 'websocket' ? `WebSocket ${path}` : `${transport} ${path}`;
  return `${target} (${outcomeOf(entry, test)})`;
}

function outcomeOf(entry: JournalEntry, test: string | undefined): string {
  if (!isOf(entry, test)) {
    return entry.test === null ? 'names no test' : `of test ${JSON.stringify(entry.test)}`;
  }
  if (entry.end === null) return 'the agent has not responded yet';
  return entry.status === null ? entry.end : `${entry.status} ${entry.end}`;
}

function describeTarget({ method = '', url = '' }: IncomingMessage): string {
  return `${method} ${url.split('?')[0]}`;
}
