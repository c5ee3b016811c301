/** Generates the tables of behaviour, load and targets in `README.md` and `docs/scenarios.md`: `npm run generate`. */
import { stringify } from 'yaml';
import { z } from 'zod';

import { scenarioJsonSchema } from '../../scenarios/file/schema-places.ts';
import { conversationSchema } from '../../scenarios/load/profile/conversation.ts';
import { loadSchema } from '../../scenarios/load/profile/profile.ts';
import { requestSchema } from '../../scenarios/load/request.ts';
import { formatCount, formatMs, formatRatio } from '../../reports/quantity.ts';
import { targetsSchema } from '../../reports/targets.ts';
import { markdownTable, writeGeneratedPart } from './generated-part.ts';

const propertiesSchema = z.object({
  properties: z.record(
    z.string(),
    z.object({ description: z.string().optional(), default: z.unknown().optional() }),
  ),
  required: z.array(z.string()).default([]),
});

/** The keys of a behaviour with generated text. */
const behaviourPart = z.object({
  properties: z.object({ behaviour: propertiesSchema }),
});
const generatePart = z.object({
  properties: z.object({
    behaviour: z.object({
      properties: z.object({
        text: z.object({ anyOf: z.array(z.unknown()) }),
      }),
    }),
  }),
});

/** Keys whose default depends on other keys or on the request → its description. */
const otherDefaults = new Map([
  ['finishReason', 'follows from the stream'],
  ['usage', 'counted from the plan'],
]);

function behaviourRows(): string[][] {
  const schema = scenarioJsonSchema();
  const { behaviour } = behaviourPart.parse(schema).properties;
  const { anyOf } = generatePart.parse(schema).properties.behaviour.properties.text;
  const generated = anyOf.flatMap((form) => {
    const { data } = z
      .object({ properties: z.object({ generate: propertiesSchema }) })
      .safeParse(form);
    return Object.entries(data?.properties.generate.properties ?? {});
  });
  return Object.entries(behaviour.properties).flatMap(([key, property]) => [
    behaviourRow(key, property),
    ...(key === 'text'
      ? generated.map(([below, each]) => behaviourRow(`text.generate.${below}`, each))
      : []),
  ]);
}

function behaviourRow(
  key: string,
  { description = '', default: value }: { description?: string | undefined; default?: unknown },
): string[] {
  const isNone = value === undefined || (Array.isArray(value) && value.length === 0);
  const written = isNone ? 'none' : `\`${inYaml(value)}\``;
  return [`\`${key}\``, otherDefaults.get(key) ?? written, description];
}

/** Renders a value as YAML on one line; a map with a single key has no braces. */
function inYaml(value: unknown): string {
  const line = stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
  return /^\{ \w+: [^,]*\}$|^\{ \w+: \{.*\} \}$/.test(line) ? line.slice(2, -2) : line;
}

writeGeneratedPart(
  'docs/scenarios.md',
  'mock-agent/plan/behaviour.ts',
  markdownTable(['key', 'default', 'meaning'], behaviourRows()),
);

const load = loadSchema.parse({});

/** Defaults that depend on other keys, which the JSON Schema of the load cannot express. */
const loadDefaults = new Map([
  ['streams', String(load.streams)],
  ['ramp', formatMs(load.rampMs)],
  ['warmUp', formatMs(load.warmUpMs)],
  ['window', formatMs(load.windowMs)],
]);

/** Returns key, default and meaning of each property with a description. */
function rowsOf(schema: z.ZodType, prefix: string): string[][] {
  const { properties, required } = propertiesSchema.parse(z.toJSONSchema(schema, { io: 'input' }));
  return Object.entries(properties).flatMap(([key, { description, default: value }]) => {
    if (description === undefined) return [];
    const isPlain = typeof value === 'string' || typeof value === 'number';
    const written = isPlain ? String(value) : loadDefaults.get(key)?.replace(' ', '');
    return [
      [
        `\`${prefix}${key}\``,
        written === undefined ? (required.includes(key) ? 'required' : 'none') : `\`${written}\``,
        // The column beside it has the default.
        description.replace(/; \S+ by default\.$/, '.'),
      ],
    ];
  });
}

writeGeneratedPart(
  'docs/scenarios.md',
  'scenarios/load/profile/profile.ts',
  markdownTable(
    ['key', 'default', 'meaning'],
    [...rowsOf(loadSchema, ''), ...rowsOf(requestSchema, 'request.')],
  ),
);

writeGeneratedPart(
  'docs/scenarios.md',
  'scenarios/load/profile/conversation.ts',
  markdownTable(['key of `conversation`', 'default', 'meaning'], rowsOf(conversationSchema, '')),
);

const { firstChunkMs, intervalMs, connectionSuccess, streamSuccess, concurrentStreams } =
  targetsSchema.parse({});

/** Each target with its limits, their format, and a short and a full description of the judged value. */
const targets = [
  {
    key: 'firstChunk',
    title: 'time to first chunk',
    limits: firstChunkMs,
    format: formatMs,
    signs: ['<', '>'],
    brief: '95th percentile',
    judged:
      '95th percentile of the time from the intended start of the request to the first message with text',
  },
  {
    key: 'interval',
    title: 'interval between chunks',
    limits: intervalMs,
    format: formatMs,
    signs: ['<', '>'],
    brief: 'mean over streams',
    judged: 'mean over streams of (last − first) / (messages − 1)',
  },
  {
    key: 'connectionSuccess',
    title: 'successful connections',
    limits: connectionSuccess,
    format: formatRatio,
    signs: ['>', '<'],
    brief: '2xx and `text/event-stream`',
    judged: 'share of streams answered with 2xx and exactly `text/event-stream`',
  },
  {
    key: 'streamSuccess',
    title: 'completed streams',
    limits: streamSuccess,
    format: formatRatio,
    signs: ['>', '<'],
    brief: 'ended with a final message',
    judged: 'share of streams that ended with their final message',
  },
  {
    key: 'concurrentStreams',
    title: 'streams at once',
    limits: concurrentStreams,
    format: formatCount,
    signs: ['≥', '>'],
    brief: 'peak; judged if the load requests at least the target',
    judged: 'peak; judged only if the load requests at least the target',
  },
];

writeGeneratedPart(
  'README.md',
  'reports/targets.ts',
  markdownTable(
    ['target', 'default', 'alarm', 'judged at'],
    targets.map(({ title, limits, format, signs: [good, bad], brief }) => [
      title,
      `${good} ${format(limits.target)}`,
      `${bad} ${format(limits.alarm)}`,
      brief,
    ]),
  ),
);
writeGeneratedPart(
  'docs/scenarios.md',
  'reports/targets.ts',
  markdownTable(
    ['key', 'target', 'alarm', 'judged at'],
    targets.map(({ key, limits, format, judged }) => [
      `\`${key}\``,
      `\`${format(limits.target).replaceAll(/[ ,]/g, '')}\``,
      `\`${format(limits.alarm).replaceAll(/[ ,]/g, '')}\``,
      judged,
    ]),
  ),
);
