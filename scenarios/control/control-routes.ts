import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import { z } from 'zod';

import { isRehearsalError, RehearsalError } from '../console/rehearsal-error.ts';
import type { Journal } from './journal.ts';
import {
  FaultError,
  requestedFault,
  withRequestedFault,
} from '../../mock-agent/faults/requested-fault.ts';
import { exampleChoices, faults } from '../../mock-agent/faults/index.ts';
import { didYouMean, quote } from '../../proto/problems/nearest-name.ts';
import { guardControl } from './control-guard.ts';
import { controlPath, isControlPath } from './control-path.ts';
import { describeIssue } from '../file/describe-issue.ts';
import { wordIssue } from '../../proto/problems/word-issue.ts';
import { planOf, type PlanRequest } from '../expect/plan-request.ts';
import type { RehearsalState } from './next-requests.ts';
import type { Scenario } from '../file/scenario.ts';

/** What the control interface controls. */
export interface Controlled {
  state: RehearsalState;
  journal: Journal;
  /** As they are now: their files may change. The first answers where nobody chose. */
  scenarios(): Promise<readonly Answering[]>;
  /** In place of every scenario's own. */
  seed?: number | undefined;
}

/** What is known here of a scenario that answers. */
export type Answering = Pick<Scenario, 'name' | 'description' | 'behaviour' | 'cases' | 'seed'>;

const testSchema = z.string().min(1).max(200).optional();
const useSchema = z.strictObject({ scenario: z.string(), test: testSchema });
const nextSchema = z.strictObject({
  scenario: z.string().optional(),
  /** A name, or an entry of a scenario's `faults`. */
  fault: z
    .union([z.string(), z.record(z.string(), z.unknown())], {
      error: "must be a fault's name, or an entry of a scenario's faults",
    })
    .optional(),
  times: z.int().min(1).max(1000).default(1),
  test: testSchema,
});
const resetSchema = z.strictObject({ test: testSchema });
const requestsSchema = z.strictObject({ test: testSchema });
const currentSchema = z.strictObject({ test: testSchema });
const wholeNumber = z
  .string()
  .regex(/^-?\d+$/, 'must be a whole number')
  .transform(Number)
  .pipe(z.int());
const planSchema = z.strictObject({
  scenario: z.string().optional(),
  prompt: z.string().min(1).optional(),
  model: z.string().min(1).optional(),
  key: z.string().min(1).optional(),
  seed: wholeNumber.optional(),
  nth: wholeNumber.pipe(z.int().min(1)).optional(),
  fault: z.string().optional(),
  test: testSchema,
});

/** More than any request to it has. */
const longestBodyBytes = 65_536;

/**
 * Answers under `controlPath` and leaves every other request to those behind it.
 * @param log takes a line for each request that is refused
 */
export function createControl(
  { state, journal, scenarios, seed }: Controlled,
  boundHost: string,
  log: Logger,
): Middleware {
  const find = async (name: string | undefined): Promise<Answering> => {
    const all = await scenarios();
    const found = name === undefined ? all[0] : all.find((each) => each.name === name);
    if (found !== undefined) return found;
    const names = all.map((each) => each.name);
    const instead = didYouMean(name ?? '', names) || `; there are ${names.join(', ')}`;
    throw new RehearsalError(
      'control',
      `scenario: there is no ${quote(name ?? '')} here${instead} (GET ${controlPath}/scenarios lists all)`,
      { httpStatus: 404 },
    );
  };

  const routes: Record<string, (context: Context) => unknown> = {
    'GET /scenarios': async (context) => {
      const { test } = read(currentSchema, context.query);
      const all = await scenarios();
      const current = state.current(test) ?? all[0]?.name;
      return all.map(({ name, description }) => ({ name, description, current: name === current }));
    },
    'GET /faults': () =>
      faults.map((fault) => ({
        name: fault.name,
        of: fault.of,
        clientSees: fault.clientSees,
        examples: exampleChoices(fault),
      })),
    'GET /scenario': async (context) => {
      const { test } = read(currentSchema, context.query);
      return { scenario: (await find(state.current(test))).name };
    },
    'PUT /scenario': async (context) => {
      const { scenario, test } = read(useSchema, await bodyOf(context));
      const { name } = await find(scenario);
      state.use(name, test);
      return { scenario: name };
    },
    'POST /next': async (context) => {
      const { scenario, fault, times, test } = read(nextSchema, await bodyOf(context));
      if (scenario === undefined && fault === undefined) {
        throw new RehearsalError(
          'control',
          'body: say which scenario, or which fault, comes next',
          { httpStatus: 400 },
        );
      }
      const { behaviour } = await find(scenario ?? state.current(test));
      const text = refuseBadFault(() => {
        if (fault === undefined) return undefined;
        const asked = requestedFault(fault);
        withRequestedFault(behaviour.faults, asked);
        return asked;
      });
      state.next({ scenario, fault: text }, times, test);
      return { times };
    },
    'GET /requests': (context) => {
      const { test } = read(requestsSchema, context.query);
      return { requests: journal.entries(test), dropped: journal.dropped() };
    },
    'POST /reset': async (context) => {
      const { test } = read(resetSchema, await bodyOf(context));
      state.reset(test);
      journal.clear(test);
      return {};
    },
    'GET /plan': async (context) => {
      const { scenario, test, ...question } = read(planSchema, context.query);
      const answering = await find(scenario ?? state.current(test));
      const asked: PlanRequest = { ...question, seed: question.seed ?? seed };
      return refuseBadFault(() => planOf(answering, asked));
    },
  };

  return async (context, next) => {
    const url = context.req.url ?? '/';
    if (!isControlPath(url)) return next();
    const path = url.split('?', 1)[0]?.slice(controlPath.length) ?? '';
    context.set('Cache-Control', 'no-store');
    try {
      guardControl(context, boundHost);
      const answer = routes[`${context.method} ${path}`];
      if (answer === undefined) {
        throw new RehearsalError(
          'control',
          `path: there is ${Object.keys(routes).join(', ')} below ${controlPath}`,
          { httpStatus: 404 },
        );
      }
      context.body = await answer(context);
    } catch (error) {
      if (!isRehearsalError(error, 'control')) throw error;
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

function refuseBadFault<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    throw new RehearsalError('control', `fault: ${error.message}`, { httpStatus: 400 });
  }
}

function read<S extends z.ZodObject>(schema: S, value: object): z.output<S> {
  const given = { ...value };
  const { data, error } = schema.safeParse(given, { error: wordIssue });
  if (error === undefined) return data;
  const problems = error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') {
      return describeIssue(issue, given).map(({ message }) => message);
    }
    const unknown = issue.keys.map((key) => JSON.stringify(key)).join(', ');
    return [`there is no ${unknown}; there are ${Object.keys(schema.shape).join(', ')}`];
  });
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
    // Told below, like any other value that is no object.
  }
  throw new RehearsalError('control', 'body: must be a JSON object', { httpStatus: 400 });
}
