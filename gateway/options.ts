import { z } from 'zod';

import { agentProtoSchema } from './agent/agent-interface.ts';
import { longestMs } from '../proto/notation/duration-notation.ts';
import { specifiedTargets } from '../proto/targets.ts';
import { authSchema } from './auth.ts';

const milliseconds = z.number().min(0).max(longestMs);

/** All that a gateway can be told; the defaults are the specification's numbers. */
export const gatewayOptionsSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  /** 0 for a free one. */
  port: z.int().min(0).max(65_535).default(8080),
  /**
   * How many new connections it takes in one turn of the event loop. Beyond 1 it starts a process of its
   * own for a moment (`accept-bursts.ts`).
   */
  acceptsPerTurn: z.int().min(1).max(64).default(1),
  /** `host:port` of an agent that speaks `ai.agent.v1.AIAgentService`. */
  agentAddress: z.string().min(1).default('127.0.0.1:50051'),
  /** The agent's interface, where it is not the specified one. */
  agentProto: agentProtoSchema.optional(),
  auth: authSchema.default('off'),
  /** What it says at `/status` that it is. */
  version: z.string().default('unknown'),
  /** The model of a request that names none (A2). */
  defaultModel: z.string().min(1).default('gpt-4'),
  /** The least time between two messages of a stream (D2). */
  pushIntervalMs: milliseconds.default(50),
  /** How many chunks may wait in a stream's buffer before the agent is held up (D3). */
  bufferChunks: z.int().min(1).default(100),
  /** Between two pings of an open stream (C4). */
  pingIntervalMs: milliseconds.min(1).default(15_000),
  /** A stream's whole life, from the request on; also the deadline of the agent's call (C5). */
  streamLimitMs: milliseconds.min(1).default(120_000),
  /**
   * How long the HTTP status waits for the agent's first sign of life. An agent that fails within
   * it is answered with an HTTP error; later trouble can only come as an error event.
   */
  acceptWaitMs: milliseconds.default(1000),
  /** How many streams may be open or about to be at once (E3); one more is refused. */
  maxStreams: z.int().min(1).default(specifiedTargets.concurrentStreams.alarm),
  /** The largest request body, in bytes; what an agent takes in one message bounds it (4 MiB). */
  bodyLimitBytes: z.int().min(1).max(4_000_000).default(1_048_576),
  /** The longest prompt, in code points. */
  promptLimitChars: z.int().min(1).default(1_000_000),
  /** How long a request may take to arrive, body and all; its headers at most 10 s of it. */
  requestLimitMs: milliseconds.min(1).default(30_000),
  /** How long a client may take nothing of what waits for it: between once and twice that, and it is dropped. */
  unreadLimitMs: milliseconds.min(1).default(30_000),
  /**
   * Whether events may have ids, by which a client that comes back is resumed or stopped: those of a GET,
   * and of a POST that asks for them. Without, the frames are those of the specification and nothing else.
   */
  eventIds: z.boolean().default(true),
  /** How long a browser is told to wait before it connects again; null leaves that to it. */
  retryMs: z.int().min(0).max(longestMs).nullable().default(null),
  /** Whether the agent may ask for faults of the wire (`proto/wire-fault.ts`); else its word is ignored. */
  wireFaults: z.boolean().default(false),
  /** How long clients may take to read the end of their streams when the gateway closes. */
  closeGraceMs: milliseconds.default(2000),
});

export type GatewayOptions = z.output<typeof gatewayOptionsSchema>;
