import { z } from 'zod';

import { isRehearsalError, RehearsalError } from '../console/rehearsal-error.ts';
import { AgentError } from '../../mock-agent/agent-error.ts';
import { requestedFault } from '../../mock-agent/faults/requested-fault.ts';
import { placeSchema } from '../../mock-agent/faults/place.ts';
import type { OpenStream, OpenStreams, StreamAction } from './open-streams.ts';
import { limitMsSchema } from './action-limit.ts';
import { faultsSchema, refuseBadFault } from './fault-choice.ts';

const limitMs = limitMsSchema.default(10_000);

/** A place in the form in which it is written, which the agent parses. */
const placeInput = z.unknown().superRefine((at, { addIssue }) => {
  const [issue] = placeSchema.safeParse(at).error?.issues ?? [];
  if (issue !== undefined) addIssue({ code: 'custom', message: issue.message });
});

/** The bodies of the actions. */
const actionSchemas = {
  hold: z.strictObject({ pings: z.boolean().default(true), limitMs }),
  until: z.strictObject({ at: placeInput, pings: z.boolean().default(true), limitMs }),
  step: z.strictObject({ count: z.int().min(1).max(100_000).default(1), limitMs }),
  release: z.strictObject({ limitMs }),
  fail: z.strictObject({ fault: faultsSchema.default('error'), limitMs }),
  cut: z.strictObject({ by: z.enum(['fin', 'reset', 'end']).default('fin'), limitMs }),
};

type ActionName = keyof typeof actionSchemas;

/** The actions, for lists of what there is. */
export const actionNames = Object.keys(actionSchemas);

const actionPath = /^\/streams\/([^/]+)\/([a-z]+)$/;

/** Parses a body by a schema. @throws RehearsalError (control) */
type Read = <S extends z.ZodObject>(schema: S, value: object) => z.output<S>;

/**
 * Carries out `POST /streams/{id}/{action}`; returns undefined for any other path.
 * @throws RehearsalError (control) with status 404 for a stream that is not open, 409 for an action that does
 * not fit it
 */
export function actOnStream(
  streams: OpenStreams,
  path: string,
  body: () => Promise<object>,
  read: Read,
): Promise<OpenStream> | undefined {
  const [, id = '', name = ''] = actionPath.exec(path) ?? [];
  if (!isAction(name)) return undefined;
  return act(streams, id, name, body, read);
}

async function act(
  streams: OpenStreams,
  id: string,
  name: ActionName,
  body: () => Promise<object>,
  read: Read,
): Promise<OpenStream> {
  const { limitMs: actionLimitMs, ...settings } = read(actionSchemas[name], await body());
  const isOpen = streams.list().some((stream) => stream.id === id);
  const action = actionOf(name, settings, actionLimitMs);
  try {
    return await streams.act(id, action, actionLimitMs);
  } catch (error) {
    if (!(error instanceof AgentError || isRehearsalError(error, 'stream'))) throw error;
    const hint = isOpen ? '' : ' (GET /__rehearsal/streams lists the open ones)';
    throw new RehearsalError('control', error.message + hint, { httpStatus: isOpen ? 409 : 404 });
  }
}

function actionOf(name: ActionName, settings: object, actionLimitMs: number): StreamAction {
  const { fault } = settings as { fault?: string | number | object };
  const settled =
    fault === undefined ? settings : { fault: refuseBadFault(() => requestedFault(fault)) };
  // The schema of its name has parsed the settings.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { do: name, ...settled, limitMs: actionLimitMs } as StreamAction;
}

function isAction(name: string): name is ActionName {
  return Object.hasOwn(actionSchemas, name);
}
