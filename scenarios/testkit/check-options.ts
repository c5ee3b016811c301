import { z } from 'zod';

import { speedSchema } from '../../mock-agent/plan/speed.ts';
import { didYouMean } from '../../proto/problems/nearest-name.ts';
import { writtenValue } from '../../proto/problems/word-issue.ts';
import { callError } from '../console/rehearsal-error.ts';
import { limitMsSchema } from '../control/action-limit.ts';
import {
  emptyChoice,
  onceSchema,
  readInput,
  scenarioChoiceSchema,
  testSchema,
  timesSchema,
} from '../control/read-input.ts';
import { gatewaySettingNames, readGatewaySettings } from '../flags/gateway-settings.ts';

const rehearsalOptionsSchema = z.strictObject({
  scenario: scenarioChoiceSchema.optional(),
  scenarios: z.array(scenarioChoiceSchema).optional(),
  seed: z.int().optional(),
  speed: speedSchema.optional(),
  port: z.int().min(0).max(65_535).optional(),
  gateway: z
    .record(z.string(), z.unknown(), { error: 'must be an object with options of the gateway' })
    .optional(),
  timeoutMs: limitMsSchema.optional(),
});

/** The options of a rehearsal for pages, which checks `inPlaceOf` itself. */
export const pageOptionsSchema = z.strictObject({
  ...rehearsalOptionsSchema.shape,
  inPlaceOf: z.unknown().optional(),
});

/**
 * Checks the options of a rehearsal; returns those of its gateway, as its schema names them.
 * @throws RehearsalError (usage) with every wrong option
 */
export function checkRehearsalOptions(
  call: string,
  options: object,
  schema: z.ZodObject = rehearsalOptionsSchema,
): ReturnType<typeof readGatewaySettings> {
  readArgument(call, 'options', schema, options, ofGateway);
  const { gateway } = options as { gateway?: object };
  return readGatewaySettings(gateway ?? {}, call);
}

/** @throws RehearsalError (usage) with every mistake in the first argument of `next` */
export function checkOnce(once: object): void {
  const { scenario, fault } = readArgument('next', 'the first argument', onceSchema, once, (key) =>
    key in timesSchema.shape || key === 'test'
      ? `${key} belongs into the second argument: next({ fault: … }, { ${key}: … })`
      : undefined,
  );
  if (scenario === undefined && fault === undefined)
    throw callError('usage', 'next', [emptyChoice]);
}

/** @throws RehearsalError (usage) unless it is the id of a test */
export function checkTest(call: string, test: unknown): void {
  readArgument(call, 'options', z.strictObject({ test: testSchema }), { test });
}

/**
 * Parses an argument of a call.
 * @throws RehearsalError (usage) with every mistake in it
 */
export function readArgument<S extends z.ZodObject>(
  call: string,
  name: string,
  schema: S,
  value: unknown,
  elsewhere?: (key: string) => string | undefined,
): z.output<S> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const names = Object.keys(schema.shape).join(', ');
    const message = `${name}: must be an object with ${names}${writtenValue(value)}`;
    throw callError('usage', call, [message]);
  }
  const { data, problems } = readInput(schema, value, elsewhere);
  if (problems === undefined) return data;
  throw callError('usage', call, problems);
}

/** Returns the message for an option of the gateway that is written beside `gateway`. */
function ofGateway(key: string): string | undefined {
  const name = gatewaySettingNames.get(key);
  if (name !== undefined) {
    return `${key} is an option of the gateway; write it as gateway: { ${name}: … }`;
  }
  const hint = didYouMean(key, [...gatewaySettingNames.values()]);
  return hint === '' ? undefined : `there is no "${key}"${hint} It belongs into gateway: { … }`;
}
