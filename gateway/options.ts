import { z } from 'zod';

import { agentProtoSchema } from './agent/agent-interface.ts';
import { longestMs } from '../proto/notation/duration-notation.ts';
import { specifiedTargets } from '../proto/targets.ts';
import { authSchema } from './auth.ts';

const milliseconds = z.number().min(0).max(longestMs);

/** All options of a gateway; the defaults are the specification's. */
export const gatewayOptionsSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  /** 0 for a free port. */
  port: z.int().min(0).max(65_535).default(8080),
  /**
   * The most new connections accepted in one turn of the event loop. Above 1 the gateway starts a short-lived
   * process (`accept-bursts.ts`).
   */
  acceptsPerTurn: z.int().min(1).max(64).default(1),
  /**
   * `host:port` of an agent with the service `ai.agent.v1.AIAgentService`, or the addresses of several, which
   * take the calls in turn.
   */
  agentAddress: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .default('127.0.0.1:50051'),
  /** The agent's interface, if it is not the specified one. */
  agentProto: agentProtoSchema.optional(),
  auth: authSchema.default('off'),
  /** The version in `/status`. */
  version: z.string().default('unknown'),
  /** The model of a request without one (A2). */
  defaultModel: z.string().min(1).default('gpt-4'),
  /** The minimum time between two messages of a stream (D2). */
  pushIntervalMs: milliseconds.default(50),
  /** The most chunks in a stream's buffer before the agent is paused (D3). */
  bufferChunks: z.int().min(1).default(100),
  /** The time between two pings of an open stream (C4). */
  pingIntervalMs: milliseconds.min(1).default(15_000),
  /** The time limit of a stream from its request, also the deadline of the agent's call (C5). */
  streamLimitMs: milliseconds.min(1).default(120_000),
  /**
   * How much longer a stream may live while a hold has stopped the clock of its limit; with 0 the clock goes on
   * during a hold.
   */
  holdLimitMs: milliseconds.default(0),
  /**
   * How long the HTTP status waits for the agent's first response. A failure within this time is an HTTP
   * error, a later one an error event.
   */
  acceptWaitMs: milliseconds.default(1000),
  /**
   * The same wait where wire faults are allowed: a busy mock agent still gets its faults of the status and the
   * headers through. It is told `acceptWaitMs`, and responds by then to a request that it plans to accept later.
   */
  faultWaitMs: milliseconds.default(10_000),
  /** The most streams that are open or starting (E3); further requests are refused. */
  maxStreams: z.int().min(1).default(specifiedTargets.concurrentStreams.alarm),
  /** The largest request body, below the agent's limit of a message (4 MiB). */
  bodyLimitBytes: z.int().min(1).max(4_000_000).default(1_048_576),
  /** The longest prompt, in code points. */
  promptLimitChars: z.int().min(1).default(1_000_000),
  /** The time limit of a request's arrival, body included; 10 s of it at most for the headers. */
  requestLimitMs: milliseconds.min(1).default(30_000),
  /** After how long without reading a client is disconnected; it can take up to twice as long. */
  unreadLimitMs: milliseconds.min(1).default(30_000),
  /**
   * Whether events of a GET, and of a POST that requests them, have ids, with which a client that reconnects
   * resumes or stops. Without ids the frames are exactly those of the specification.
   */
  eventIds: z.boolean().default(true),
  /** The reconnection time sent to browsers; null sends none. */
  retryMs: z.int().min(0).max(longestMs).nullable().default(null),
  /** Whether to apply wire faults that the agent requests (`proto/wire-fault.ts`); otherwise they are ignored. */
  wireFaults: z.boolean().default(false),
  /** How long clients may take to read the end of their streams while the gateway closes. */
  closeGraceMs: milliseconds.default(2000),
});

export type GatewayOptions = z.output<typeof gatewayOptionsSchema>;
