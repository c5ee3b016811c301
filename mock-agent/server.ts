import { type Metadata, Server, status } from '@grpc/grpc-js';
import type { Logger } from 'pino';

import { agentServiceDefinition } from '../proto/agent-service.ts';
import { describePlan, endWith, type Call } from './grpc/call.ts';
import { createChunkWriter, type ChunkWriter } from './grpc/chunk-writer.ts';
import { breakConnection, listen, type Listener } from './grpc/listen.ts';
import { createRefusedClients } from '../proto/http2/refused-clients.ts';
import { watchedCall, type CallWatcher, type WatchedCall } from './grpc/watch-call.ts';
import { createDeadlines } from './play/deadlines.ts';
import { createLatenessRecord, type LatenessSummary } from './play/lateness.ts';
import type { CallEnd } from './grpc/call-end.ts';
import { bytesOfRequest, createOpenCalls, isOpen, type OpenCall } from './grpc/open-calls.ts';
import { createPlanMemory, defaultPlanLimitBytes } from './prepare/plan-memory.ts';
import { createPlanner } from './prepare/planner.ts';
import { createCommandedStreams, type CommandedStreams } from './play/commands.ts';
import { heldAtStart } from './play/packed-chunks.ts';
import type { Hold } from '../proto/stream-commands.ts';
import { acceptWithin } from './plan/accept-within.ts';
import type { PlannedEnd } from './planned-stream.ts';
import { play, type PlaySink, type Stage } from './play/play.ts';
import type { PreparedStream } from './prepare/prepare.ts';
import { createRequestCounter } from './prepare/request-counter.ts';
import { resolveRequest, type AgentScenarios } from './prepare/resolve-request.ts';
import { createStandardServices } from './grpc/standard-services.ts';
import type { Certificates } from '../proto/http2/tls-files.ts';
import { hostAndPort } from '../proto/listen.ts';
import { acceptWaitMetadata, firstOf, heldMetadata, streamMetadata } from '../proto/metadata.ts';
import { clearTimeout, performance, setTimeout } from '../proto/timers.ts';
import { waitUntil } from '../proto/wait-until.ts';

export interface MockAgentOptions extends AgentScenarios {
  host: string;
  /** 0 for a free one. */
  port: number;
  /** The path of a Unix socket, in place of host and port. */
  socketPath?: string | undefined;
  /** Undefined for connections without TLS. */
  certificates?: Certificates | undefined;
  log: Logger;
  /** The level of the log line of each ended stream; `info` by default. */
  callLogLevel?: 'info' | 'debug' | undefined;
  /**
   * The age in milliseconds, give or take a tenth, at which a connection takes no more calls, so that clients
   * connect again and find new agents. Its open streams go on. Unlimited by default.
   */
  connectionAgeMs?: number | undefined;
  /** The most memory for the plans of open streams, in bytes; further streams are refused. */
  planLimitBytes?: number | undefined;
  /** Called once per call that is not refused. */
  watchCall?: ((call: WatchedCall) => CallWatcher) | undefined;
  /** Called when a stream with an id (`x-rehearsal-stream`) is held, and with undefined when it goes on. */
  onHold?: ((streamId: string, hold: Hold | undefined) => void) | undefined;
}

/** Counts since the start of the agent. */
export interface MockAgentStats {
  streamsStarted: number;
  /** Ended by the client or its deadline before the planned end. */
  streamsCancelled: number;
  streamsOpen: number;
  /** Ended calls, refused ones included, by the cause of their end. */
  callsEnded: Readonly<Record<CallEnd, number>>;
  /** The memory of the plans and prompts of open streams. */
  planBytes: number;
  chunksSent: number;
  lateness: LatenessSummary | null;
}

export interface MockAgent {
  /** `host:port` or `unix:path` for gRPC clients. */
  address: string;
  stats(): MockAgentStats;
  /** Acts on an open stream: see `CommandedStreams`. */
  command: CommandedStreams['command'];
  /** Replaces the scenarios; open streams keep their plans. */
  use(scenarios: AgentScenarios['scenarios']): void;
  /**
   * Stops listening, reports NOT_SERVING and has clients place new calls elsewhere, while the open streams go
   * on. Resolves when the last one has ended, after `limitMs`, or when the signal aborts; then `close` is due.
   */
  drain(limitMs: number, signal: AbortSignal): Promise<void>;
  /** Ends every stream with UNAVAILABLE and stops listening. */
  close(): Promise<void>;
}

/** How long clients may take to read the end of their streams while the agent closes. */
const closeGraceMs = 1000;

/**
 * Starts an agent that serves `ai.agent.v1.AIAgentService` (A5) and plays plans.
 * @throws the system's Error if the address cannot be bound
 */
export async function startMockAgent(options: MockAgentOptions): Promise<MockAgent> {
  let { scenarios } = options;
  const { host, socketPath, certificates } = options;
  const refused = createRefusedClients(options.log, 'agent');
  const tls = certificates && { certificates, onRefused: refused.log };
  const countRequest = createRequestCounter();
  const lateness = createLatenessRecord();
  const standardServices = createStandardServices();
  const memory = createPlanMemory(options.planLimitBytes ?? defaultPlanLimitBytes);
  const calls = createOpenCalls(memory, options.log, options.callLogLevel ?? 'info');
  const planner = createPlanner((error) => {
    options.log.warn(error, 'no worker thread for large plans, which now delay other streams');
  });
  const commanded = createCommandedStreams();
  const stats = { streamsStarted: 0, chunksSent: 0 };

  const stage: Stage = {
    deadlines: createDeadlines(),
    onChunkSent(latenessMs) {
      stats.chunksSent += 1;
      if (latenessMs !== undefined) lateness.record(latenessMs);
    },
  };

  const playStream = (
    call: Call,
    openCall: OpenCall,
    planned: PreparedStream,
    startMs: number,
  ): void => {
    stats.streamsStarted += 1;
    const waitMs = Number(firstOf(call.metadata, acceptWaitMetadata));
    const prepared = acceptWithin(planned, waitMs);
    openCall.prepared = prepared;
    const { acceptAtMs, end } = prepared;
    const streamId = firstOf(call.metadata, streamMetadata);
    const isHeld = firstOf(call.metadata, heldMetadata) !== undefined;
    const chunks = isHeld ? heldAtStart(prepared.chunks) : prepared.chunks;
    const description = describePlan(prepared);
    memory.set(call, prepared.bytes + bytesOfRequest(call));
    const onSent = openCall.watcher?.sent;
    onSent?.(startMs);
    const writer = createChunkWriter(call, chunks.hasLong);
    const sink: PlaySink = {
      // Sent before the first token, which may be long in coming.
      accept: () => call.sendMetadata(description),
      write: writer.write,
      onceDrained: writer.onceDrained,
      onSent,
      onHold: streamId === undefined ? undefined : (hold) => options.onHold?.(streamId, hold),
    };
    openCall.playing = play({ acceptAtMs, chunks, end }, startMs, stage, sink, (playedEnd) => {
      openCall.prepared = { ...prepared, end: playedEnd };
      // A call that is refused has no initial metadata.
      endCall(call, openCall, writer, playedEnd, acceptAtMs === null ? description : undefined);
    });
    if (streamId !== undefined) openCall.removed = commanded.add(streamId, openCall.playing);
  };

  /** Plays a stream once it is planned, if the call is still open. */
  const playLater = async (
    call: Call,
    openCall: OpenCall,
    preparing: Promise<PreparedStream | undefined>,
    startMs: number,
  ): Promise<void> => {
    try {
      const prepared = await preparing;
      if (prepared !== undefined && isOpen(call)) playStream(call, openCall, prepared, startMs);
    } catch (error) {
      calls.refuse(call, error);
    }
  };

  const endCall = (
    call: Call,
    openCall: OpenCall,
    { onceWritten }: ChunkWriter,
    end: PlannedEnd,
    description: Metadata | undefined,
  ): void => {
    switch (end.kind) {
      case 'final':
      case 'no-final':
      case 'error-field':
        onceWritten(() => call.end());
        return;
      case 'status':
        onceWritten(() => endWith(call, status[end.status], end.details, description));
        return;
      case 'silence':
        return;
      case 'crash':
        onceWritten(() => {
          openCall.end = end.kind;
          breakConnection(call);
        });
        return;
      case 'down':
        onceWritten(() => {
          openCall.end = end.kind;
          goDown(end.forMs);
        });
    }
  };

  const serveAt = async (port: number): Promise<{ server: Server; listener: Listener }> => {
    const { connectionAgeMs } = options;
    const server = new Server(
      connectionAgeMs === undefined ? {} : { 'grpc.max_connection_age_ms': connectionAgeMs },
    );
    standardServices.addToServer(server);
    server.addService(agentServiceDefinition, {
      generateTextStream(call: Call) {
        const startMs = performance.now();
        try {
          memory.refuseIfFull();
          const resolved = resolveRequest(
            call.request,
            call.metadata,
            { scenarios, seed: options.seed, keyInPrompt: options.keyInPrompt },
            countRequest,
          );
          const openCall = calls.add(call, resolved, startMs);
          openCall.watcher = options.watchCall?.(watchedCall(call, openCall.key));
          const prepared = planner.prepare(resolved, calls.count(), () => isOpen(call));
          if (prepared instanceof Promise) void playLater(call, openCall, prepared, startMs);
          else playStream(call, openCall, prepared, startMs);
        } catch (error) {
          calls.refuse(call, error);
        }
      },
    });
    return { server, listener: await listen(server, { host, port, socketPath, tls }) };
  };

  /** Closes every connection and accepts none for a while. */
  const goDown = (forMs: number): void => {
    if (restartTimer !== undefined) return;
    serving.listener.close();
    serving.listener.breakConnections();
    restartTimer = setTimeout(() => void restart(), forMs);
  };

  const restart = async (): Promise<void> => {
    restartTimer = undefined;
    serving.server.forceShutdown();
    try {
      serving = await serveAt(serving.listener.port);
    } catch (error) {
      options.log.error(error, 'the agent could not listen again after the fault "down"');
    }
  };

  let restartTimer: NodeJS.Timeout | undefined;
  let serving = await serveAt(options.port);
  planner.startFor(scenarios);

  return {
    address:
      socketPath === undefined ? hostAndPort(host, serving.listener.port) : `unix:${socketPath}`,
    use(newScenarios) {
      scenarios = newScenarios;
      planner.forgetScenarios();
      planner.startFor(scenarios);
    },
    command: commanded.command,
    stats: () => ({
      ...stats,
      streamsCancelled: calls.cancelled(),
      streamsOpen: calls.count(),
      callsEnded: calls.ended(),
      planBytes: memory.bytes(),
      lateness: lateness.summary(),
    }),
    async drain(limitMs, signal) {
      options.log.info({ openStreams: calls.count(), limitMs }, 'draining');
      clearTimeout(restartTimer);
      standardServices.stopServing();
      serving.listener.drain();
      await waitUntil(() => calls.count() === 0 || signal.aborted, limitMs);
    },
    async close() {
      clearTimeout(restartTimer);
      standardServices.stopServing();
      calls.endAll();
      serving.listener.close();
      refused.close();
      await planner.close();
      await shutDown(serving.server);
    },
  };
}

function shutDown(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const forceTimer = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, closeGraceMs);
    server.tryShutdown(() => {
      clearTimeout(forceTimer);
      resolve();
    });
  });
}
