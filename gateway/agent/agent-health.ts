import { Metadata } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { z } from 'zod';

import type { AgentAccess } from './agent-access.ts';
import { createAgentClient, type AgentClient } from './agent-client.ts';
import type { AgentInterface } from './agent-interface.ts';
import { GatewayError } from '../errors.ts';
import { performance } from '../../proto/timers.ts';

export interface AgentHealth {
  /** Resolves with the reason why the agent cannot be used; undefined if it can. */
  check(): Promise<GatewayError | undefined>;
  close(): void;
}

/** Time limit of an answer. */
const answerLimitMs = 1000;

/** How long an answer is reused, so that frequent probes put no load on the agent. */
const freshMs = 1000;

const answerSchema = z.object({ status: z.string() });

/** Maps the health service to the interface of a generation: the status is the text of a chunk. */
const healthInterface: AgentInterface = {
  path: '/grpc.health.v1.Health/Check',
  serialize: () => Buffer.alloc(0),
  deserialize(bytes, from = 0) {
    const answer = healthService['Check']?.responseDeserialize(bytes.subarray(from));
    return { delta: answerSchema.parse(answer).status, isFinal: true, error: '' };
  },
};

/**
 * Checks agents with `grpc.health.v1`, each over a connection of its own: one that can be used is enough.
 * If a proxy forwards only an agent's service, it calls an unknown method of that service instead.
 * @param addresses one, or a list that is not empty
 * @param path the path of the agent's method
 */
export function createAgentHealth(
  addresses: string | readonly string[],
  path: string,
  access: AgentAccess = {},
): AgentHealth {
  const agents = [addresses].flat().map((address) => checkerOf(address, path, access));
  let last: { atMs: number; answer: Promise<GatewayError | undefined> } | undefined;

  const checkAgents = async () => {
    const problems = await Promise.all(agents.map((agent) => agent.check()));
    return problems.includes(undefined) ? undefined : problems[0];
  };

  return {
    check() {
      const atMs = performance.now();
      if (last === undefined || atMs - last.atMs >= freshMs) last = { atMs, answer: checkAgents() };
      return last.answer;
    },
    close() {
      for (const agent of agents) agent.close();
    },
  };
}

/** Checks one agent. */
function checkerOf(address: string, path: string, access: AgentAccess): AgentHealth {
  const health = createAgentClient(address, healthInterface, { access });
  const unknownMethod = path.replace(/[^/]*$/u, 'Readiness');
  const service = createAgentClient(
    address,
    { ...healthInterface, path: unknownMethod },
    { access },
  );
  return {
    async check() {
      const error = await problemOf(health);
      return error?.isHttpOnly === true ? problemOf(service) : error;
    },
    close() {
      health.close();
      service.close();
    },
  };
}

async function problemOf(client: AgentClient): Promise<GatewayError | undefined> {
  try {
    const status = await requestStatus(client);
    if (status === 'SERVING') return undefined;
    return new GatewayError('AGENT_UNAVAILABLE', `the agent reports ${status}`);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    // An agent with only the specified service answers too, so it is ready.
    const isAnswer = error.code === 'NOT_IMPLEMENTED' || error.code === 'NOT_FOUND';
    if (isAnswer && !error.isHttpOnly) return undefined;
    const isLate = error.code === 'TIMEOUT';
    const details = isLate ? `the agent has not answered for ${answerLimitMs} ms` : error.details;
    return new GatewayError('AGENT_UNAVAILABLE', details, { isHttpOnly: error.isHttpOnly });
  }
}

async function requestStatus(client: AgentClient): Promise<string> {
  const call = client.generate({ prompt: '', model: '', metadata: new Metadata() }, answerLimitMs);
  // The call's deadline bounds the wait; a second limit would race it in a busy process.
  await call.accepted(answerLimitMs, new AbortController().signal);
  return new Promise((resolve, reject) => {
    let status = 'nothing';
    call.read({
      chunk({ delta }) {
        status = delta;
      },
      ended: () => resolve(status),
      failed: reject,
    });
  });
}
