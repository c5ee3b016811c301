import fc from 'fast-check';
import { pino } from 'pino';
import { expect, test } from 'vitest';

import { requestBytes } from '../testing/bad-requests.ts';
import { dial } from '../testing/dial.ts';
import { readAnswers, type Answer } from '../testing/read-answers.ts';
import { sayHello, startBefore } from '../testing/start-before.ts';

/** `make fuzz` has more time. */
const inputs = Number(process.env['FUZZ_INPUTS'] ?? 500);

/** So few that client and server together stay below the usual limit of 1024 open files. */
const atOnce = 300;

/** A batch waits for its slowest, and its inputs are all in memory. */
const batchSize = 5000;

/** A request may take that long to arrive; Node looks for late ones once a second. */
const requestLimitMs = 1000;

/**
 * Rounds of `roundMs` in which the server has the time to answer: a machine that stands still loses one. Node
 * accepts one connection a turn, so on a busy machine the last of many waits for seconds.
 */
const hangRounds = 60;
const roundMs = 500;

interface Exchange {
  sent: string;
  answers: Answer[];
  /** What came after the last whole answer. */
  rest: string;
  /** Neither answered nor ended. */
  hung: boolean;
}

/** Sends bytes and waits for a whole answer, or for the end of the connection. */
async function send(url: string, sent: string): Promise<Exchange> {
  const socket = await dial(url);
  return new Promise((resolve, reject) => {
    let received = '';
    const noBody = sent.startsWith('HEAD ');
    const finish = (ended: boolean, hung: boolean) => {
      clearInterval(hanging);
      socket.destroy();
      try {
        resolve({ sent, hung, ...readAnswers(received, { noBody, ended }) });
      } catch (error) {
        fail(error);
      }
    };
    const fail = (error: unknown) => {
      reject(new Error(`no HTTP in answer to ${JSON.stringify(sent)}`, { cause: error }));
    };
    let rounds = 0;
    const hanging = setInterval(() => {
      rounds += 1;
      if (rounds === hangRounds) finish(false, true);
    }, roundMs);
    socket.removeAllListeners('error');
    // A server may reset what it has not read; what it said before that counts.
    socket.on('error', () => {});
    socket.once('close', () => finish(true, false));
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString('latin1');
      try {
        const { answers, rest } = readAnswers(received, { noBody, ended: false });
        if (answers.length > 0 && rest === '') finish(false, false);
      } catch (error) {
        fail(error);
      }
    });
    // In two pieces, as a network may have it.
    const middle = Math.floor(sent.length / 2);
    socket.write(sent.slice(0, middle), 'latin1');
    setImmediate(() => {
      if (!socket.destroyed) socket.write(sent.slice(middle), 'latin1');
    });
  });
}

/** What is wrong with an answer; undefined where nothing is. */
function faultOf({ status, headers, body }: Answer, toHead: boolean): string | undefined {
  if (status >= 500 && status !== 501) return `status ${status}`;
  if (status < 300 && headers.get('content-type') !== 'text/event-stream') return undefined;
  if (headers.get('access-control-allow-origin') !== '*') return `no CORS headers with ${status}`;
  if (status < 300 || toHead) return undefined;
  const said: unknown = JSON.parse(body);
  const told = expect.objectContaining({
    error: expect.any(String),
    code: expect.any(String),
    details: expect.any(String),
  });
  return told.asymmetricMatch(said) ? undefined : `the body of a ${status} is ${body}`;
}

test(
  `${inputs} inputs that are nearly requests: valid answers, no 500, no crash, no hang`,
  { timeout: Math.max(120_000, inputs * 10) },
  async () => {
    const logged: string[] = [];
    const log = pino({ level: 'error' }, { write: (line) => logged.push(line) });
    const { url, openStreams } = await startBefore(sayHello, { requestLimitMs }, log);
    const statuses = new Map<number | string, number>();
    const faults: { fault: string; sent: string }[] = [];
    for (let batch = 0; batch * batchSize < inputs; batch += 1) {
      const numRuns = Math.min(batchSize, inputs - batch * batchSize);
      const waiting = fc.sample(requestBytes, { seed: batch, numRuns });
      await Promise.all(
        Array.from({ length: atOnce }, async () => {
          for (;;) {
            const sent = waiting.pop();
            if (sent === undefined) return;
            const { answers, rest, hung } = await send(url, sent);
            for (const [index, answer] of answers.entries()) {
              statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
              const fault = faultOf(answer, index === 0 && sent.startsWith('HEAD '));
              if (fault !== undefined) faults.push({ fault, sent });
            }
            if (answers.length === 0) statuses.set('none', (statuses.get('none') ?? 0) + 1);
            if (hung) faults.push({ fault: 'hung', sent });
            if (rest !== '' && answers.length === 0) {
              faults.push({ fault: `half an answer: ${rest}`, sent });
            }
          }
        }),
      );
    }
    if (process.env['FUZZ_INPUTS'] !== undefined) {
      const counts = [...statuses].map((pair) => pair.join(': ')).sort();
      process.stdout.write(`${inputs} inputs, answers by status: ${counts.join(', ')}\n`);
    }
    expect(faults).toEqual([]);
    expect(logged).toEqual([]);
    // The inputs were neither all good nor all bad, and most of them were answered.
    expect(statuses.get(200)).toBeGreaterThan(inputs / 40);
    expect(statuses.get(400)).toBeGreaterThan(inputs / 40);
    expect(statuses.get('none') ?? 0).toBeLessThan(inputs / 5);
    await expect.poll(openStreams).toBe(0);
  },
);
