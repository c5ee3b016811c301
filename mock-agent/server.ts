import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import type { Logger } from 'pino';

import {
  agentServiceDefinition,
  type GenerateRequest,
  type OutgoingChunk,
} from '../proto/agent-service.ts';
import { keyMetadata, scenarioMetadata, seedMetadata } from '../proto/metadata.ts';
import { createLatenessRecord, type LatenessSummary } from './lateness.ts';
import { planStream, type StreamPlan } from './plan.ts';
import { play, type PlaySink } from './play.ts';
import {
  createPairCounter,
  RefusedRequest,
  resolveRequest,
  type AgentScenarios,
} from './request.ts';

export interface MockAgentOptions extends AgentScenarios {
  host: string;
  /** 0 for a free one. */
  port: number;
  log: Logger;
}

/** What the agent has done since its start. */
export interface MockAgentStats {
  streamsStarted: number;
  /** Ended by the client, or by its deadline, before their plan was. */
  streamsCancelled: number;
  streamsOpen: number;
  chunksSent: number;
  lateness: LatenessSummary | null;
}

export interface MockAgent {
  /** `host:port`, as a gRPC client dials it. */
  address: string;
  stats(): MockAgentStats;
  /** Ends every stream with UNAVAILABLE and stops listening. */
  close(): Promise<void>;
}

type Call = ServerWritableStream<GenerateRequest, OutgoingChunk>;

/** How long clients may take to read the end of their streams when the agent closes. */
const closeGraceMs = 1000;

/**
 * Starts an agent that speaks `ai.agent.v1.AIAgentService` (specification A5) and plays plans.
 * @throws Error where the address cannot be bound.
 */
export async function startMockAgent(options: MockAgentOptions): Promise<MockAgent> {
  const countPair = createPairCounter();
  const lateness = createLatenessRecord();
  const stopPlayOf = new Map<Call, () => void>();
  const stats = { streamsStarted: 0, streamsCancelled: 0, chunksSent: 0 };

  const playStream = (call: Call, plan: StreamPlan, startMs: number): void => {
    stats.streamsStarted += 1;
    // The client learns at once that its call was accepted, and as what: the first token may be far.
    call.sendMetadata(describePlan(plan));
    const sink: PlaySink = {
      write({ delta, isFinal }) {
        stats.chunksSent += 1;
        return call.write({ delta, isFinal });
      },
      onceDrained: (callback) => call.once('drain', callback),
      sent: lateness.record,
    };
    stopPlayOf.set(
      call,
      play(plan.chunks, startMs, sink, () => call.end()),
    );
    call.once('finish', () => stopPlayOf.delete(call));
    call.once('cancelled', () => {
      // grpc-js says `cancelled` after an ordinary end too.
      if (!call.writableFinished) stats.streamsCancelled += 1;
      stopPlayOf.get(call)?.();
      stopPlayOf.delete(call);
    });
  };

  const server = new Server();
  server.addService(agentServiceDefinition, {
    generateTextStream(call: Call) {
      const startMs = performance.now();
      try {
        const { behaviour, seed, request } = resolveRequest(
          call.request,
          call.metadata,
          options,
          countPair,
        );
        playStream(call, planStream(behaviour, seed, request), startMs);
      } catch (error) {
        refuse(call, error, options.log);
      }
    },
  });
  const port = await bind(server, options.host, options.port);

  return {
    address: hostAndPort(options.host, port),
    stats: () => ({ ...stats, streamsOpen: stopPlayOf.size, lateness: lateness.summary() }),
    async close() {
      for (const [call, stop] of stopPlayOf) {
        stop();
        endWith(call, status.UNAVAILABLE, 'the agent is shutting down');
      }
      await shutDown(server);
    },
  };
}

/** What the agent tells a client beside the stream: how to ask for this very stream again. */
function describePlan({ scenario, key, seed }: StreamPlan): Metadata {
  const metadata = new Metadata();
  metadata.set(scenarioMetadata, scenario);
  metadata.set(keyMetadata, key);
  metadata.set(seedMetadata, String(seed));
  return metadata;
}

function refuse(call: Call, error: unknown, log: Logger): void {
  if (error instanceof RefusedRequest) {
    endWith(call, error.code, error.message);
  } else {
    log.error(error, 'a stream could not be planned');
    endWith(call, status.INTERNAL, 'the agent could not plan this stream');
  }
}

/** Ends a call with a status: `destroy()` would send none, and leave the client to its deadline. */
function endWith(call: Call, code: status, details: string): void {
  call.emit('error', { code, details, metadata: new Metadata() });
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(
      hostAndPort(host, port),
      ServerCredentials.createInsecure(),
      (error, boundPort) => (error === null ? resolve(boundPort) : reject(error)),
    );
  });
}

function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function shutDown(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, closeGraceMs);
    server.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });
}
