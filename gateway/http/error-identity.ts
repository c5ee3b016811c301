import type { Metadata } from '@grpc/grpc-js';
import type { Context } from 'koa';

import type { StreamIdentity } from '../../proto/dialects/dialect.ts';
import type { AgentCall } from '../agent/agent-client.ts';
import type { RequestEvents } from '../observer.ts';
import { replayOf } from './event-ids.ts';
import { identifyRequest } from './stream-identity.ts';

/** The streams whose requests failed before they were open. */
const failed = new WeakMap<Context['req'], StreamIdentity>();

/**
 * Starts a stream; if it fails before it is open, its error has the ids of the stream that the agent described.
 * @param start gets the callbacks of the request
 */
export async function keepIdentity(
  { req }: Context,
  events: RequestEvents,
  identify: (call: Pick<AgentCall, 'metadata'>) => StreamIdentity,
  start: (events: RequestEvents) => Promise<void>,
): Promise<void> {
  let metadata: Metadata | undefined;
  const described = (description: Metadata) => {
    metadata = description;
    events.described?.(description);
  };
  try {
    await start({ ...events, described });
  } catch (error) {
    // Trailers of an agent that describes nothing are no description.
    if (Object.keys(replayOf({ metadata })).length > 0) failed.set(req, identify({ metadata }));
    throw error;
  }
}

/** Returns the identity of the stream that failed, or else of the request. */
export function identityOfError({ req, request }: Context): StreamIdentity {
  const { url, headers, rawBody: body } = request;
  return failed.get(req) ?? identifyRequest({ url, headers, body });
}
