import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import { z } from 'zod';

import { isRehearsalError, RehearsalError } from '../console/rehearsal-error.ts';
import type { Journal } from './journal.ts';
import { requestedFault, withRequestedFaults } from '../../mock-agent/faults/requested-fault.ts';
import { describeFaults } from '../../mock-agent/faults/describe-faults.ts';
import { dialectNames } from '../../proto/dialects/dialect.ts';
import { didYouMean, quote } from '../../proto/problems/nearest-name.ts';
import { refuseBadFault } from './fault-choice.ts';
import { guardControl } from './control-guard.ts';
import { controlPath, isControlPath } from './control-path.ts';
import {
  emptyChoice,
  nextSchema,
  ofTestSchema,
  readInput,
  testSchema,
  useSchema,
} from './read-input.ts';
import { planContent, planForRequest } from '../expect/plan-for-request.ts';
import type { OpenStreams } from './open-streams.ts';
import { actionNames, actOnStream } from './stream-routes.ts';
import type { RehearsalState } from './next-requests.ts';
import type { Scenario } from '../file/scenario.ts';

/** The state that the control interface changes and reads. */
export interface Controlled {
  state: RehearsalState;
  journal: Journal;
  streams: OpenStreams;
  /** Returns the scenarios with the current content of their files. The first one is the default. */
  scenarios(): Promise<readonly ControlledScenario[]>;
  /**
   * Adds a scenario, written as an object; returns its name.
   * @throws RehearsalError (scenario) with every problem of it
   */
  add(scenario: object): Promise<string>;
  /** Replaces the seed of every scenario. */
  seed?: number | undefined;
}

export type ControlledScenario = Pick<
  Scenario,
  'name' | 'description' | 'behaviour' | 'cases' | 'seed'
>;

const wholeNumber = z
  .string()
  .regex(/^-?\d+$/, 'must be a whole number')
  .transform(Number)
  .pipe(z.int());
const planSchema = z.strictObject({
  scenario: z.string().optional(),
  prompt: z.string().min(1).default('hello'),
  model: z.string().min(1).default('gpt-4'),
  dialect: z.enum(dialectNames).optional(),
  key: z.string().min(1).optional(),
  seed: wholeNumber.optional(),
  nth: wholeNumber.pipe(z.int().min(1)).optional(),
  fault: z.string().optional(),
  test: testSchema.optional(),
});

/** Larger than any valid body. */
const longestBodyBytes = 65_536;

/**
 * Returns a middleware that answers requests under `controlPath` and passes on all others.
 * @param log receives a line for each refused request
 */
export function createControl(
  { state, journal, streams, scenarios, add, seed }: Controlled,
  boundHost: string,
  log: Logger,
): Middleware {
  const find = async (name: string | undefined): Promise<ControlledScenario> => {
    const all = await scenarios();
    const scenario = name === undefined ? all[0] : all.find((each) => each.name === name);
    if (scenario !== undefined) return scenario;
    const names = all.map((each) => each.name);
    const hint = didYouMean(name ?? '', names) || `; there are ${names.join(', ')}`;
    throw new RehearsalError(
      'control',
      `scenario: there is no ${quote(name ?? '')} here${hint} (GET ${controlPath}/scenarios lists all)`,
      { httpStatus: 404 },
    );
  };
  const nameOf = async (choice: string | object): Promise<string> =>
    typeof choice === 'string' ? (await find(choice)).name : add(choice);

  const routes: Record<string, (context: Context) => unknown> = {
    'GET /scenarios': async (context) => {
      const { test } = read(ofTestSchema, context.query);
      const all = await scenarios();
      const current = state.current(test) ?? all[0]?.name;
      return all.map(({ name, description }) => ({ name, description, current: name === current }));
    },
    'GET /faults': () => describeFaults(),
    'GET /scenario': async (context) => {
      const { test } = read(ofTestSchema, context.query);
      return { scenario: (await find(state.current(test))).name };
    },
    'PUT /scenario': async (context) => {
      const { scenario, test } = read(useSchema, await bodyOf(context));
      const name = await nameOf(scenario);
      state.use(name, test);
      return { scenario: name };
    },
    'POST /next': async (context) => {
      const { scenario, fault, times, test } = read(nextSchema, await bodyOf(context));
      if (scenario === undefined && fault === undefined) {
        throw new RehearsalError('control', `body: ${emptyChoice}`, { httpStatus: 400 });
      }
      const name = scenario === undefined ? undefined : await nameOf(scenario);
      const { behaviour } = await find(name ?? state.current(test));
      const text = refuseBadFault(() => {
        if (fault === undefined) return undefined;
        const requested = requestedFault(fault);
        withRequestedFaults(behaviour.faults, requested);
        return requested;
      });
      state.next({ scenario: name, fault: text }, times, test);
      return { times };
    },
    'GET /requests': (context) => {
      const { test } = read(ofTestSchema, context.query);
      return { requests: journal.entries(test), dropped: journal.dropped() };
    },
    'GET /streams': (context) => {
      const { test } = read(ofTestSchema, context.query);
      return { streams: streams.list(test) };
    },
    'POST /reset': async (context) => {
      const { test } = read(ofTestSchema, await bodyOf(context));
      state.reset(test);
      journal.clear(test);
      return {};
    },
    'GET /plan': async (context) => {
      const {
        scenario: name,
        test,
        prompt,
        model,
        dialect,
        ...query
      } = read(planSchema, context.query);
      const scenario = await find(name ?? state.current(test));
      const written = { dialect, prompt, model, body: {} };
      const question = { ...query, seed: query.seed ?? seed };
      const plan = refuseBadFault(() => planForRequest(scenario, written, question));
      return planContent(plan, written);
    },
  };

  const act = (context: Context, path: string): Promise<unknown> => {
    const acting =
      context.method === 'POST'
        ? actOnStream(streams, path, () => bodyOf(context), read)
        : undefined;
    if (acting !== undefined) return acting;
    const known = [
      ...Object.keys(routes),
      ...actionNames.map((name) => `POST /streams/{id}/${name}`),
    ];
    throw new RehearsalError(
      'control',
      `path: there are ${known.join(', ')} below ${controlPath}`,
      { httpStatus: 404 },
    );
  };

  return async (context, next) => {
    const url = context.req.url ?? '/';
    if (!isControlPath(url)) return next();
    const path = url.split('?', 1)[0]?.slice(controlPath.length) ?? '';
    context.set('Cache-Control', 'no-store');
    try {
      guardControl(context, boundHost);
      const route = routes[`${context.method} ${path}`];
      context.body = await (route === undefined ? act(context, path) : route(context));
    } catch (error) {
      if (!isRehearsalError(error, 'control') && !isRehearsalError(error, 'scenario')) throw error;
      const { httpStatus = 400, message } = error;
      context.status = httpStatus;
      context.body = { error: message };
      const { method } = context;
      log.info(
        { status: httpStatus, method, path: `${controlPath}${path}`, details: message },
        'refused',
      );
    }
  };
}

function read<S extends z.ZodObject>(schema: S, value: object): z.output<S> {
  const { data, problems } = readInput(schema, value);
  if (problems === undefined) return data;
  throw new RehearsalError('control', problems.join('; '), { httpStatus: 400 });
}

async function bodyOf({ req }: Context): Promise<object> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of req) {
    parts.push(part);
    bytes += part.length;
    if (bytes > longestBodyBytes) {
      throw new RehearsalError('control', `body: must not exceed ${longestBodyBytes} bytes`, {
        httpStatus: 413,
      });
    }
  }
  const text = Buffer.concat(parts).toString();
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // The error below covers this too.
  }
  throw new RehearsalError('control', 'body: must be a JSON object', { httpStatus: 400 });
}
