import { z } from 'zod';

import { gatewayOptionsSchema } from '../../gateway/options.ts';
import { longestMs } from '../../proto/notation/duration-notation.ts';
import { note } from '../../proto/option-notes.ts';
import { logLevels } from '../console/log-levels.ts';

const drainMs = z
  .int()
  .min(0)
  .max(longestMs)
  .default(0)
  .meta(
    note(
      'time for open streams to finish after SIGTERM or Ctrl+C, while new requests get 503; a second signal ends it',
    ),
  );

const logLevel = z
  .enum(logLevels)
  .default('info')
  .meta(note('log level of standard error', { value: 'level' }));

/** All options of a process that is an agent. */
export const agentStartSchema = z.strictObject({
  /** Paths or names; the first is the default. */
  scenarios: z.array(z.string().min(1)).min(1),
  host: gatewayOptionsSchema.shape.host,
  port: z
    .int()
    .min(0)
    .max(65_535)
    .default(50_051)
    .meta(note('port of the agent; 0 for a free one', { flag: 'agent-port', value: 'number' })),
  seed: z
    .int()
    .optional()
    .meta(note("use this seed instead of the scenario's", { value: 'number' })),
  /** Whether the agent reads the key of a stream from its prompt (`proto/key-in-prompt.ts`). */
  keyInPrompt: z.boolean().default(false),
  watch: z.boolean().default(true).meta(note('reload scenarios when their files change')),
  drainMs,
  socketPath: z
    .string()
    .min(1)
    .optional()
    .meta(
      note('listen at this Unix socket in place of host and port; clients use unix:path', {
        flag: 'socket',
        value: 'path',
        notInServe: true,
      }),
    ),
  tlsCert: z
    .string()
    .min(1)
    .optional()
    .meta(
      note('speak TLS with this certificate (PEM), followed by its chain', {
        value: 'file',
        notInServe: true,
      }),
    ),
  tlsKey: z
    .string()
    .min(1)
    .optional()
    .meta(note('key (PEM) of --tls-cert', { value: 'file', notInServe: true })),
  clientCa: z
    .string()
    .min(1)
    .optional()
    .meta(
      note('authorities (PEM) that sign the certificates of clients, which then need one', {
        value: 'file',
        notInServe: true,
      }),
    ),
  connectionAgeMs: z
    .int()
    .min(100)
    .max(longestMs)
    .default(300_000)
    .meta(
      note(
        'age at which a connection takes no more calls, so that clients reconnect and find new agents',
        { notInServe: true },
      ),
    ),
  logLevel,
  metricsPort: z
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .meta(
      note('serve Prometheus metrics (/metrics) on this port; 0 for a free one', {
        flag: 'metrics',
        value: 'port',
        notInServe: true,
      }),
    ),
});

/** All options of a process that is a gateway, or one worker of a gateway. */
export const gatewayStartSchema = gatewayOptionsSchema.extend({
  drainMs,
  logLevel,
  /** The scenarios of its agent: adds the control interface and the journal. */
  control: agentStartSchema.pick({ scenarios: true, seed: true, watch: true }).optional(),
  workers: z
    .int()
    .min(1)
    .default(1)
    .meta(
      note('number of gateway processes; use at most one per core', {
        value: 'number',
        notInServe: true,
        notInLibrary: true,
      }),
    ),
  /** Which of the workers this process is. */
  worker: z.int().min(1).optional(),
});

export type AgentStart = z.input<typeof agentStartSchema>;

export type GatewayStart = z.input<typeof gatewayStartSchema>;

export type ControlStart = NonNullable<z.output<typeof gatewayStartSchema>['control']>;

/**
 * The first message to a child process: which server it is, with which options. A gateway whose agent
 * starts at the same time waits for a second message with the agent's address (`agentFollows`).
 */
export type StartMessage =
  | { type: 'start'; role: 'agent'; options: AgentStart }
  | { type: 'start'; role: 'gateway'; options: GatewayStart; agentFollows: boolean };
