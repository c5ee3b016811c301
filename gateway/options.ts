import { z } from 'zod';

import { agentProtoSchema } from './agent/agent-interface.ts';
import { longestMs } from '../proto/notation/duration-notation.ts';
import { note } from '../proto/option-notes.ts';
import { specifiedTargets } from '../proto/targets.ts';
import { authSchema } from './auth.ts';

/** Describes an option of the connection to agents other than our own. */
const noteOfLink: typeof note = (description, notes) =>
  note(description, { ...notes, notInServe: true, notInLibrary: true });

const milliseconds = z.number().min(0).max(longestMs);

/**
 * All options of a gateway; the defaults are the specification's. Flags, environment variables, the settings of
 * the library, help and docs/options.md are derived from this schema.
 */
export const gatewayOptionsSchema = z.strictObject({
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .meta(note('address to bind', { value: 'address', notInLibrary: true })),
  port: z
    .int()
    .min(0)
    .max(65_535)
    .default(8080)
    .meta(note('port of the gateway; 0 for a free one', { value: 'number', notInLibrary: true })),
  tlsCert: z
    .string()
    .min(1)
    .optional()
    .meta(
      note('serve HTTPS and WSS with this certificate (PEM), followed by its chain', {
        value: 'file',
      }),
    ),
  tlsKey: z
    .string()
    .min(1)
    .optional()
    .meta(note("key (PEM) of the gateway's --tls-cert", { value: 'file' })),
  /**
   * The most new connections accepted in one turn of the event loop. Above 1 the gateway starts a short-lived
   * process (`accept-bursts.ts`).
   */
  acceptsPerTurn: z.int().min(1).max(64).default(1),
  /** Agents with the service `ai.agent.v1.AIAgentService`, or one with the interface of `agentProto`. */
  agentAddress: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .default('127.0.0.1:50051')
    .meta(
      note('address of the agent; several, or a name (dns:///host:port), take calls in turn', {
        flag: 'agent',
        value: 'host:port...',
        notInServe: true,
        notInLibrary: true,
      }),
    ),
  /** The agent's interface, if it is not the specified one. */
  agentProto: agentProtoSchema.optional(),
  agentTls: z
    .boolean()
    .default(false)
    .meta(noteOfLink('connect to the agent over TLS; implied by --agent-ca and --agent-cert')),
  agentCa: z
    .string()
    .min(1)
    .optional()
    .meta(
      noteOfLink("authorities (PEM) that sign the agent's certificate; by default those of Node", {
        value: 'file',
      }),
    ),
  agentCert: z
    .string()
    .min(1)
    .optional()
    .meta(noteOfLink('certificate (PEM) to show to the agent, with its chain', { value: 'file' })),
  agentKey: z
    .string()
    .min(1)
    .optional()
    .meta(noteOfLink('key (PEM) of --agent-cert', { value: 'file' })),
  agentAuthority: z
    .string()
    .min(1)
    .optional()
    .meta(
      noteOfLink(
        "host that the agent is called by and its certificate is for, if not the address's",
        {
          value: 'name',
        },
      ),
    ),
  agentMetadata: z
    .array(z.strictObject({ name: z.string(), value: z.string() }))
    .default([])
    .meta(
      noteOfLink(
        'metadata of each call, never logged; env:NAME takes the value from a variable; repeatable',
        { value: 'name=value...' },
      ),
    ),
  auth: authSchema
    .default('off')
    .meta(
      note(
        'required bearer token: none, any, or one of those listed in REHEARSAL_TOKENS ' +
          '(listed if that is set)',
        { value: 'mode', choices: ['off', 'any', 'listed'], clause: 'A2' },
      ),
    ),
  /** The version in `/status`. */
  version: z.string().default('unknown'),
  defaultModel: z
    .string()
    .min(1)
    .default('gpt-4')
    .meta(note('model of a request without one', { value: 'name', clause: 'A2' })),
  pushIntervalMs: milliseconds
    .default(50)
    .meta(note('minimum time between two messages of a stream', { clause: 'D2' })),
  bufferChunks: z
    .int()
    .min(1)
    .default(100)
    .meta(note("chunks in a stream's buffer before the agent is paused", { clause: 'D3' })),
  pingIntervalMs: milliseconds
    .min(1)
    .default(15_000)
    .meta(note('time between two pings of an open stream', { clause: 'C4' })),
  streamLimitMs: milliseconds
    .min(1)
    .default(120_000)
    .meta(note("time limit of a stream, also the deadline of the agent's call", { clause: 'C5' })),
  holdLimitMs: milliseconds
    .default(0)
    .meta(
      note(
        'how much longer a held stream may live: the clock of its limit stands still for that time; with 0 it goes on',
      ),
    ),
  acceptWaitMs: milliseconds
    .default(1000)
    .meta(
      note(
        "how long the HTTP status waits for the agent's first response; a failure within it is an HTTP error, a later one an error event",
      ),
    ),
  /** The agent receives `acceptWaitMs`, and responds by then to a request that it plans to accept later. */
  faultWaitMs: milliseconds
    .default(10_000)
    .meta(
      note(
        'the same wait where wire faults are carried out, so that a busy mock agent gets its faults of the status through',
      ),
    ),
  maxStreams: z
    .int()
    .min(1)
    .default(specifiedTargets.concurrentStreams.alarm)
    .meta(
      note('maximum of streams at once; further requests get 503', {
        value: 'number',
        clause: 'E3',
      }),
    ),
  bodyLimitBytes: z
    .int()
    .min(1)
    .max(4_000_000)
    .default(1_048_576)
    .meta(note('largest request body')),
  promptLimitChars: z
    .int()
    .min(1)
    .default(1_000_000)
    .meta(note('longest prompt, in characters (code points)')),
  requestLimitMs: milliseconds
    .min(1)
    .default(30_000)
    .meta(note("time limit of a request's arrival, body included; its headers have a shorter one")),
  unreadLimitMs: milliseconds
    .min(1)
    .default(30_000)
    .meta(
      note(
        'time without reading after which a client is disconnected; it can take up to twice as long',
      ),
    ),
  eventIds: z
    .boolean()
    .default(true)
    .meta(
      note(
        'event ids, with which a client resumes; without them only the specified fields are sent',
        { shortFlag: 'bare' },
      ),
    ),
  frames: z
    .enum(['named', 'data'])
    .default('named')
    .meta(
      note('frames of a request without `frames` in its query: with event names, or data only', {
        value: 'form',
        clause: 'B2',
      }),
    ),
  retryMs: z
    .int()
    .min(0)
    .max(longestMs)
    .nullable()
    .default(null)
    .meta(note("reconnection time for browsers (the stream's `retry` field)")),
  wireFaults: z
    .boolean()
    .default(false)
    .meta(
      note('carry out wire faults that the agent requests', {
        notInServe: true,
        notInLibrary: true,
      }),
    ),
  closeGraceMs: milliseconds
    .default(2000)
    .meta(note('time for clients to read the end of their streams when the gateway closes')),
});

export type GatewayOptions = z.output<typeof gatewayOptionsSchema>;
