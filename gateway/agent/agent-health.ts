import { Metadata } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { z } from 'zod';

import { createAgentClient, type AgentClient } from './agent-client.ts';
import type { AgentInterface } from './agent-interface.ts';
import { GatewayError } from '../errors.ts';
import { NotGrpc } from './transport-status.ts';
import { performance } from '../../proto/timers.ts';

export interface AgentHealth {
  /** Resolves with why the agent cannot be used; with undefined where it can. */
  check(): Promise<GatewayError | undefined>;
  close(): void;
}

/** How long an agent may take to answer. */
const answerLimitMs = 1000;

/** How long an answer counts: frequent probes are no load for the agent. */
const freshMs = 1000;

const answerSchema = z.object({ status: z.string() });

/** The answer's status as the text of a chunk, so that it is asked for like a generation. */
const healthInterface: AgentInterface = {
  path: '/grpc.health.v1.Health/Check',
  serialize: () => Buffer.alloc(0),
  deserialize(bytes, from = 0) {
    const answer = healthService['Check']?.responseDeserialize(bytes.subarray(from));
    return { delta: answerSchema.parse(answer).status, isFinal: true, error: '' };
  },
};

/**
 * Asks the agent at `host:port` by `grpc.health.v1`, over a connection of its own. Where a proxy lets
 * through nothing but the agent's own service, a method that this does not have is asked for.
 * @param path of the agent's method
 */
export function createAgentHealth(address: string, path: string): AgentHealth {
  const health = createAgentClient(address, healthInterface);
  const noMethod = path.replace(/[^/]*$/u, 'Readiness');
  const service = createAgentClient(address, { ...healthInterface, path: noMethod });
  let last: { atMs: number; answer: Promise<GatewayError | undefined> } | undefined;

  const ask = async () => {
    const error = await problemOf(health);
    return error?.cause instanceof NotGrpc ? problemOf(service) : error;
  };

  return {
    check() {
      const atMs = performance.now();
      if (last === undefined || atMs - last.atMs >= freshMs) last = { atMs, answer: ask() };
      return last.answer;
    },
    close() {
      health.close();
      service.close();
    },
  };
}

async function problemOf(client: AgentClient): Promise<GatewayError | undefined> {
  try {
    const status = await askStatus(client);
    if (status === 'SERVING') return undefined;
    return new GatewayError('AGENT_UNAVAILABLE', `the agent says ${status} of itself`);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    // An agent that speaks no more than the specified service answers too, and is as good.
    const isAnswer = error.code === 'NOT_IMPLEMENTED' || error.code === 'NOT_FOUND';
    if (isAnswer && !(error.cause instanceof NotGrpc)) return undefined;
    return new GatewayError('AGENT_UNAVAILABLE', error.details, { cause: error.cause });
  }
}

async function askStatus(client: AgentClient): Promise<string> {
  const call = client.generate({ prompt: '', model: '', metadata: new Metadata() }, answerLimitMs);
  // The deadline of the call bounds the wait. A second limit would race it where the process is held up.
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
