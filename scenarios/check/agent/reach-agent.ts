import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { explainTlsError } from '../../../gateway/agent/explain-tls-error.ts';
import { RehearsalError } from '../../console/rehearsal-error.ts';
import { openAgentSocket, type AgentPlace } from './agent-socket.ts';
import { openRawClient, usualWindowBytes, type RawClient } from './raw-client.ts';

/** How long an agent that is still starting is waited for. */
const reachLimitMs = 10_000;

const pollMs = 200;

/** How long an agent may take to answer in HTTP/2. */
const answerLimitMs = 5000;

/** Why an agent cannot be called. */
interface Obstacle {
  /** What is wrong, and what to do about it. */
  words: string;
  /** Whether it may go away by itself, as with an agent that is starting. */
  mayPass: boolean;
}

/**
 * Waits until an agent answers in HTTP/2, so that no clause is judged by a connection that we cannot make.
 * @throws RehearsalError (usage) that says what is wrong
 * @throws the signal's reason
 */
export async function reachAgent(place: AgentPlace, signal: AbortSignal): Promise<void> {
  const deadlineMs = performance.now() + reachLimitMs;
  let obstacle = await findObstacle(place, signal);
  while (obstacle?.mayPass === true && performance.now() < deadlineMs) {
    await sleep(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    obstacle = await findObstacle(place, signal);
  }
  if (obstacle !== undefined)
    throw new RehearsalError('usage', `${place.address}: ${obstacle.words}`);
}

/** @returns undefined if the agent can be called */
async function findObstacle(place: AgentPlace, signal: AbortSignal): Promise<Obstacle | undefined> {
  let client: RawClient;
  try {
    client = await openRawClient(place, { windowBytes: usualWindowBytes, signal });
  } catch (error) {
    signal.throwIfAborted();
    return obstacleOf(error);
  }
  const problem = await client.problem(answerLimitMs);
  client.close();
  signal.throwIfAborted();
  if (problem === undefined) return undefined;
  // An agent that is starting does not complete a handshake.
  if (place.access.certificates !== undefined) return { words: problem.message, mayPass: false };
  if (!(await expectsTls(place, signal))) return { words: problem.message, mayPass: true };
  const words = 'the agent expects TLS; write --agent-tls, or --agent-ca FILE with its authority';
  return { words, mayPass: false };
}

/** Describes why there is no connection. */
function obstacleOf(error: unknown): Obstacle {
  const explained: NodeJS.ErrnoException = explainTlsError(error);
  const { message, code = '' } = explained;
  if (explained !== error) return { words: message, mayPass: false };
  if (code.startsWith('ERR_SSL_')) {
    return { words: `the handshake of TLS fails: ${message.trim()}`, mayPass: false };
  }
  // Our own words of an agent that takes too long.
  if (code === '') return { words: message, mayPass: true };
  return {
    words: `the agent does not accept a connection: ${message}; start the agent there, or let --start 'COMMAND' do it`,
    mayPass: true,
  };
}

/** Whether an agent that does not answer without TLS answers in TLS. Nothing follows the handshake. */
async function expectsTls({ address }: AgentPlace, signal: AbortSignal): Promise<boolean> {
  const certificates = { current: () => ({}), acceptsAny: true };
  try {
    (await openAgentSocket({ address, access: { certificates } }, signal)).destroy();
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
