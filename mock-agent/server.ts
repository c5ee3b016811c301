import { Server, status } from '@grpc/grpc-js';
import type { Logger } from 'pino';

import { agentServiceDefinition } from '../proto/agent-service.ts';
import { describePlan, endWith, type Call } from './grpc/call.ts';
import { createChunkWriter, type ChunkWriter } from './grpc/chunk-writer.ts';
import { breakConnection, listen, type Listener } from './grpc/listen.ts';
import { createDeadlines } from './play/deadlines.ts';
import { createLatenessRecord, type LatenessSummary } from './play/lateness.ts';
import type { CallEnd } from './grpc/call-end.ts';
import { bytesOfPrompt, createOpenCalls, isOpen, type OpenCall } from './grpc/open-calls.ts';
import { createPlanMemory, defaultPlanLimitBytes } from './prepare/plan-memory.ts';
import { createPlanner } from './prepare/planner.ts';
import type { PlannedEnd } from './planned-stream.ts';
import { play, type PlaySink, type Stage } from './play/play.ts';
import type { PreparedStream } from './prepare/prepare.ts';
import { createAskCounter } from './prepare/ask-counter.ts';
import { resolveRequest, type AgentScenarios } from './prepare/resolve-request.ts';
import { createStandardServices } from './grpc/standard-services.ts';
import { hostAndPort } from '../proto/listen.ts';
import { clearTimeout, performance, setTimeout } from '../proto/timers.ts';

export interface MockAgentOptions extends AgentScenarios {
  host: string;
  /** 0 for a free one. */
  port: number;
  log: Logger;
  /** Of the line that each stream leaves in the log when it is over; `info` where it is left out. */
  callLogLevel?: 'info' | 'debug' | undefined;
  /** How much memory the plans of open streams may take, in bytes; further streams are refused. */
  planLimitBytes?: number | undefined;
  /**
   * Is told of every stream, by its key; what it gives, of when the request came, and then of when each
   * chunk was sent, or would have been had no slow reader held it up.
   */
  watchStream?: ((key: string) => (atMs: number) => void) | undefined;
}

/** What the agent has done since its start. */
export interface MockAgentStats {
  streamsStarted: number;
  /** Ended by the client, or by its deadline, before their plan was. */
  streamsCancelled: number;
  streamsOpen: number;
  /** Every call that is over, refused ones too, by how it ended. */
  callsEnded: Readonly<Record<CallEnd, number>>;
  /** What the plans and prompts of open streams take, in bytes. */
  planBytes: number;
  chunksSent: number;
  lateness: LatenessSummary | null;
}

export interface MockAgent {
  /** `host:port`, as a gRPC client dials it. */
  address: string;
  stats(): MockAgentStats;
  /** Has other scenarios answer from now on; streams under way keep the plan that they have. */
  use(scenarios: AgentScenarios['scenarios']): void;
  /** Ends every stream with UNAVAILABLE and stops listening. */
  close(): Promise<void>;
}

/** How long clients may take to read the end of their streams when the agent closes. */
const closeGraceMs = 1000;

/**
 * Starts an agent that speaks `ai.agent.v1.AIAgentService` (specification A5) and plays plans.
 * @throws Error where the address cannot be bound.
 */
export async function startMockAgent(options: MockAgentOptions): Promise<MockAgent> {
  let { scenarios } = options;
  const countAsked = createAskCounter();
  const lateness = createLatenessRecord();
  const standard = createStandardServices();
  const memory = createPlanMemory(options.planLimitBytes ?? defaultPlanLimitBytes);
  const calls = createOpenCalls(memory, options.log, options.callLogLevel ?? 'info');
  const planner = createPlanner((error) => {
    options.log.warn(error, 'no thread for large plans: they hold up other streams');
  });
  const stats = { streamsStarted: 0, chunksSent: 0 };

  const stage: Stage = {
    deadlines: createDeadlines(),
    left(latenessMs) {
      stats.chunksSent += 1;
      if (latenessMs !== undefined) lateness.record(latenessMs);
    },
  };

  const playStream = (
    call: Call,
    opened: OpenCall,
    prepared: PreparedStream,
    startMs: number,
  ): void => {
    stats.streamsStarted += 1;
    opened.prepared = prepared;
    const { acceptAtMs, chunks, end: how } = prepared;
    const description = describePlan(prepared);
    memory.set(call, prepared.bytes + bytesOfPrompt(call));
    const sent = options.watchStream?.(prepared.key);
    sent?.(startMs);
    const writer = createChunkWriter(call, chunks.hasLong);
    const sink: PlaySink = {
      // The client learns that its call was accepted, and as what: the first token may be far.
      accept: () => call.sendMetadata(description),
      write: writer.write,
      onceDrained: writer.onceDrained,
      sent,
    };
    opened.playing = play({ acceptAtMs, chunks, end: how }, startMs, stage, sink, () =>
      end(call, opened, writer, how),
    );
  };

  /** Plays a stream once its plan is there, where the call is still open by then. */
  const playLater = async (
    call: Call,
    opened: OpenCall,
    preparing: Promise<PreparedStream | undefined>,
    startMs: number,
  ): Promise<void> => {
    try {
      const prepared = await preparing;
      if (prepared !== undefined && isOpen(call)) playStream(call, opened, prepared, startMs);
    } catch (error) {
      calls.refuse(call, error);
    }
  };

  const end = (
    call: Call,
    opened: OpenCall,
    { onceWritten }: ChunkWriter,
    how: PlannedEnd,
  ): void => {
    switch (how.kind) {
      case 'final':
      case 'no-final':
      case 'error-field':
        onceWritten(() => call.end());
        return;
      case 'status':
        onceWritten(() => endWith(call, status[how.status], how.details));
        return;
      case 'silence':
        return;
      case 'crash':
        onceWritten(() => {
          opened.end = how.kind;
          breakConnection(call);
        });
        return;
      case 'down':
        onceWritten(() => {
          opened.end = how.kind;
          goAway(how.forMs);
        });
    }
  };

  const answerAt = async (port: number): Promise<{ server: Server; listener: Listener }> => {
    const server = new Server();
    standard.addToServer(server);
    server.addService(agentServiceDefinition, {
      generateTextStream(call: Call) {
        const startMs = performance.now();
        try {
          memory.refuseIfFull();
          const resolved = resolveRequest(
            call.request,
            call.metadata,
            { scenarios, seed: options.seed },
            countAsked,
          );
          const opened = calls.add(call, resolved, startMs);
          const prepared = planner.prepare(resolved, calls.count(), () => isOpen(call));
          if (prepared instanceof Promise) void playLater(call, opened, prepared, startMs);
          else playStream(call, opened, prepared, startMs);
        } catch (error) {
          calls.refuse(call, error);
        }
      },
    });
    return { server, listener: await listen(server, options.host, port) };
  };

  /** Breaks every connection and accepts none for a while. */
  const goAway = (forMs: number): void => {
    if (back !== undefined) return;
    at.listener.close();
    at.listener.breakConnections();
    back = setTimeout(() => void comeBack(), forMs);
  };

  const comeBack = async (): Promise<void> => {
    back = undefined;
    at.server.forceShutdown();
    try {
      at = await answerAt(at.listener.port);
    } catch (error) {
      options.log.error(error, 'the agent could not come back');
    }
  };

  let back: NodeJS.Timeout | undefined;
  let at = await answerAt(options.port);
  planner.startFor(scenarios);

  return {
    address: hostAndPort(options.host, at.listener.port),
    use(others) {
      scenarios = others;
      planner.forgetScenarios();
      planner.startFor(scenarios);
    },
    stats: () => ({
      ...stats,
      streamsCancelled: calls.cancelled(),
      streamsOpen: calls.count(),
      callsEnded: calls.ended(),
      planBytes: memory.bytes(),
      lateness: lateness.summary(),
    }),
    async close() {
      clearTimeout(back);
      standard.stopServing();
      calls.endAll();
      at.listener.close();
      await planner.close();
      await shutDown(at.server);
    },
  };
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
