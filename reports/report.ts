import { z } from 'zod';

import { arrivalsSchema } from './metrics/open-load.ts';
import { contentTypeSchema } from './metrics/content-types.ts';
import { expectationsSchema } from './verdict/expectations.ts';
import { failureSchema } from './metrics/failures.ts';
import { faultRateSchema } from './metrics/fault-rates.ts';
import {
  dialectSchema,
  fingerprintSchema,
  httpVersionSchema,
  transportSchema,
} from './fingerprint.ts';
import { healthSchema } from './metrics/health.ts';
import { histogramSchema } from './statistics/histogram.ts';
import { metricsSchema } from './metrics/metrics.ts';
import { phases } from './sample.ts';
import { sampleStreamSchema } from './example-streams.ts';
import { seriesSchema } from './metrics/series.ts';
import { shardSchema } from './metrics/shards.ts';
import { judgedTargetsSchema } from './targets.ts';
import { judgementSchema } from './verdict/verdict.ts';

/** The form that `report.json` is written in. A change that a reader would notice raises it. */
export const reportVersion = 4;

/**
 * `report.json`: a whole run, from what was asked for to the verdict. Every rendering is made from
 * it alone, so a stored report can be rendered again.
 *
 * Times that are `…AtMs` count from the start of the load, unless the key's description says otherwise.
 */
export const reportSchema = z.strictObject({
  version: z.literal(reportVersion),
  tool: z.strictObject({ name: z.literal('rehearsal'), version: z.string() }),
  scenario: z.strictObject({
    name: z.string(),
    description: z.string(),
    source: z.string().describe('The scenario file to the letter (YAML).'),
  }),
  seed: z.number(),
  slowsWithLoad: z
    .boolean()
    .describe('Whether the scenario has streams slow down as our agent gets busy.'),
  target: z.strictObject({
    url: z.string(),
    ours: z.boolean().describe('Whether this project’s own gateway and agent answered.'),
    middle: z
      .boolean()
      .default(false)
      .describe('Whether it is a gateway that is not ours, before our own agent (`--agent-port`).'),
    insecure: z
      .boolean()
      .default(false)
      .describe('Whether any certificate of the target was accepted (--insecure).'),
  }),
  startedAt: z.iso.datetime(),
  durationSec: z.number().nonnegative(),
  environment: z
    .strictObject({
      node: z.string(),
      platform: z.string(),
      arch: z.string(),
      cpus: z.int().nonnegative(),
      cpuModel: z.string(),
      memoryGb: z.number().nonnegative(),
      ci: z.boolean(),
    })
    .describe('Of a merged run, that of its first shard.'),
  fingerprint: fingerprintSchema,
  load: z.strictObject({
    streams: z
      .int()
      .positive()
      .nullable()
      .describe('Streams asked for at once; null where arrivals were.'),
    dialect: dialectSchema,
    transport: transportSchema,
    httpVersion: httpVersionSchema,
    total: z.int().positive().nullable().describe('Streams asked for in all; null where time was.'),
    steady: z.boolean().describe('Whether it asked for the same all through the window.'),
    rampSec: z.number().nonnegative(),
    warmUpSec: z.number().nonnegative(),
    windowSec: z.number().nonnegative(),
  }),
  arrivals: arrivalsSchema.nullable().describe('Null where streams at once were requested.'),
  phases: z.array(
    z.strictObject({ name: z.enum(phases), startAtMs: z.number(), endAtMs: z.number() }),
  ),
  targets: judgedTargetsSchema,
  strict: z.boolean().describe('Whether a missed target fails the run.'),
  interrupted: z
    .boolean()
    .default(false)
    .describe('Whether a signal ended the load: the figures are of a part of the run.'),
  judgement: judgementSchema,
  metrics: metricsSchema,
  expectations: expectationsSchema
    .nullable()
    .describe('What the plans of the judged streams predict; null where the agent is not ours.'),
  failures: z
    .array(failureSchema)
    .describe('Why judged streams did not complete, most frequent first.'),
  contentTypes: z
    .array(contentTypeSchema)
    .default([])
    .describe(
      'Content types of judged streams other than exactly text/event-stream, most frequent first.',
    ),
  faults: z
    .array(faultRateSchema)
    .describe(
      'The faults of the scenario by the plans of the run; empty where the agent is not ours.',
    ),
  health: healthSchema.describe(
    'Of a merged run, `client` has the worst of its shards in each figure.',
  ),
  shards: z
    .array(shardSchema)
    .default([])
    .describe('The processes that the load of a merged run was divided over; else empty.'),
  series: seriesSchema,
  histograms: z.strictObject({
    firstChunkMs: histogramSchema.nullable(),
    intervalMs: histogramSchema.nullable(),
    gapMs: histogramSchema.nullable(),
    latenessMs: histogramSchema.nullable(),
  }),
  sampleStreams: z.array(sampleStreamSchema),
});

export type Report = z.infer<typeof reportSchema>;

/** The JSON Schema of `report.json`, kept as `report.schema.json`. */
export function reportJsonSchema(): object {
  return { title: 'Rehearsal report', ...z.toJSONSchema(reportSchema) };
}
