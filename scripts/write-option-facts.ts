/** Writes `scenarios/flags/option-facts.ts` anew: `npm run generate`. */
import { writeFileSync } from 'node:fs';

import { z } from 'zod';

import { serverFlags } from '../scenarios/flags/server-flags.ts';
import { agentStartSchema, gatewayStartSchema } from '../scenarios/processes/start-message.ts';

const kinds = new Set(['boolean', 'integer', 'number', 'string']);

/** What a flag needs to know about each option that a flag sets, and that is a simple value. */
function factsOf(schema: z.ZodObject, server: 'agent' | 'gateway') {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
  const keys = new Set<string | undefined>(serverFlags.map((flag) => flag[server]));
  return Object.fromEntries(
    Object.entries(properties).flatMap(([key, property]) => {
      if (typeof property === 'boolean' || !keys.has(key)) return [];
      const { type, enum: values, minimum, maximum } = withoutNull(property);
      if (typeof type !== 'string' || !kinds.has(type)) return [];
      const bounds = { minimum: finite(minimum), maximum: finite(maximum) };
      return [[key, { type, enum: values, ...bounds, default: property.default ?? undefined }]];
    }),
  );
}

type Property = z.core.JSONSchema.JSONSchema;

/** The schema of a nullable option's value. */
function withoutNull(property: Property): Property {
  const [own, other] = property.anyOf ?? [];
  return own !== undefined && other?.type === 'null' ? own : property;
}

/** Undefined for the bound that every integer of a schema has. */
function finite(bound: number | undefined): number | undefined {
  return bound === undefined || Math.abs(bound) === Number.MAX_SAFE_INTEGER ? undefined : bound;
}

const facts = {
  agent: factsOf(agentStartSchema, 'agent'),
  gateway: factsOf(gatewayStartSchema, 'gateway'),
};

writeFileSync(
  new URL('../scenarios/flags/option-facts.ts', import.meta.url),
  `// Written by \`npm run generate\` from gateway/options.ts and scenarios/processes/start-message.ts:
// loading the schemas themselves would make the start of \`serve\` slower.

export interface OptionFacts {
  type: 'boolean' | 'integer' | 'number' | 'string';
  enum?: readonly string[];
  minimum?: number;
  maximum?: number;
  default?: boolean | number | string;
}

export const optionFacts: Readonly<Record<'agent' | 'gateway', Readonly<Record<string, OptionFacts>>>> = ${JSON.stringify(facts, null, 2)};
`,
);
