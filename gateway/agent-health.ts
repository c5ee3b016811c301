import {
  credentials,
  makeClientConstructor,
  status,
  type CallOptions,
  type ChannelCredentials,
  type ChannelOptions,
  type Client,
  type ServiceError,
} from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';

import { channelOptions } from './agent-client.ts';
import { GatewayError } from './errors.ts';

export interface AgentHealth {
  /** Why the agent cannot be used; undefined where it can. */
  check(): Promise<GatewayError | undefined>;
  close(): void;
}

/** How long an agent may take to say how it is. */
const answerLimitMs = 1000;

/** For so long an answer stands: many who probe are no load for the agent. */
const freshMs = 1000;

interface HealthClient extends Client {
  check(
    request: { service: string },
    options: CallOptions,
    callback: (error: ServiceError | null, reply?: { status: string }) => void,
  ): void;
}

// grpc-js makes a client of any definition, and knows no types of it.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const HealthClient = makeClientConstructor(
  healthService,
  'grpc.health.v1.Health',
) as unknown as new (
  address: string,
  credentials: ChannelCredentials,
  options: ChannelOptions,
) => HealthClient;

/** Asks the agent at `host:port` by `grpc.health.v1`, over a connection of its own. */
export function createAgentHealth(address: string): AgentHealth {
  const client = new HealthClient(address, credentials.createInsecure(), channelOptions);
  let last: { atMs: number; answer: Promise<GatewayError | undefined> } | undefined;

  const ask = () =>
    new Promise<GatewayError | undefined>((resolve) => {
      client.check({ service: '' }, { deadline: Date.now() + answerLimitMs }, (error, reply) =>
        resolve(readAnswer(error, reply)),
      );
    });

  return {
    check() {
      const atMs = performance.now();
      if (last === undefined || atMs - last.atMs >= freshMs) last = { atMs, answer: ask() };
      return last.answer;
    },
    close: () => client.close(),
  };
}

function readAnswer(
  error: ServiceError | null,
  reply: { status: string } | undefined,
): GatewayError | undefined {
  // An agent that speaks no more than the specified service answers too, and is as good.
  if (error?.code === status.UNIMPLEMENTED || error?.code === status.NOT_FOUND) return undefined;
  if (reply?.status === 'SERVING') return undefined;
  const details = error === null ? `the agent says ${reply?.status} of itself` : error.details;
  return new GatewayError('AGENT_UNAVAILABLE', details);
}
