import { z } from 'zod';

import { gatewayOptionsSchema } from '../../gateway/options.ts';
import { longestMs } from '../../proto/notation/duration-notation.ts';
import { logLevels } from '../console/log-levels.ts';

const drainMs = z
  .int()
  .min(0)
  .max(longestMs)
  .default(0)
  .describe('How long open streams go on after a signal to end, while new ones are refused.');

const logLevel = z.enum(logLevels).default('info').describe('The lowest level that is logged.');

/** All options of a process that is an agent. */
export const agentStartSchema = z.strictObject({
  logLevel,
  drainMs,
  scenarios: z
    .array(z.string().min(1))
    .min(1)
    .describe('Paths or names; the first is the default.'),
  host: gatewayOptionsSchema.shape.host,
  port: z.int().min(0).max(65_535).default(50_051).describe('The port; 0 for a free one.'),
  seed: z.int().optional().describe("Replaces the scenarios' own seeds."),
  watch: z.boolean().default(true).describe('Whether scenarios are read again after a change.'),
  connectionAgeMs: z
    .int()
    .min(100)
    .max(longestMs)
    .default(300_000)
    .describe('The age at which a connection takes no more calls.'),
  metricsPort: z.int().min(0).max(65_535).optional().describe('The port of `/metrics`.'),
});

/** All options of a process that is a gateway, or one worker of a gateway. */
export const gatewayStartSchema = gatewayOptionsSchema.extend({
  logLevel,
  drainMs,
  control: agentStartSchema
    .pick({ scenarios: true, seed: true, watch: true })
    .optional()
    .describe('The scenarios of its agent: adds the control interface and the journal.'),
  workers: z.int().min(1).default(1).describe('How many processes are this gateway.'),
  worker: z.int().min(1).optional().describe('Which of the workers this process is.'),
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
