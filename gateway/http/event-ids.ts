import { metadataPrefix } from '../../proto/metadata.ts';
import type { StreamEvent } from '../../proto/stream-event.ts';
import { wireMetadata } from '../../proto/wire-fault.ts';
import type { AgentCall } from '../agent/agent-client.ts';
import type { ErrorCode } from '../../proto/error-codes.ts';
import { formatEventId, replayTokenOf } from './event-id.ts';

/** What the client had read of the stream when it asked; position 0 where it had not asked before. */
interface Before {
  hasAskedBefore: boolean;
  position: number;
}

/**
 * Errors that are not the stream's own: the same stream may go on once the cause is over. All others would
 * strike again.
 */
const passingErrors: ReadonlySet<string> = new Set<ErrorCode>([
  'AGENT_UNAVAILABLE',
  'CONFLICT',
  'RATE_LIMITED',
  'SHUTTING_DOWN',
]);

/**
 * Returns the ids for the events of a call; pings have none.
 *
 * An agent that does not describe its stream cannot repeat it: then only the last event has an id, which
 * keeps an EventSource from starting another generation.
 */
export function createEventIds(
  call: Pick<AgentCall, 'metadata'>,
  before: Before,
): (event: StreamEvent, chars: number) => string | undefined {
  let token: string | undefined;
  return (event, chars) => {
    if (event.event === 'ping') return undefined;
    // Not when the stream opens: a slow agent describes it later, but always before its first chunk.
    token ??= tokenOf(call);
    const hasNewText = chars > before.position;
    if (event.event === 'message') {
      const { isFinal } = event.data;
      return token === '' && !isFinal ? undefined : formatEventId(chars, isFinal, token);
    }
    const { code } = event.data;
    // Too early for a description: the client goes on from the id that it has. Without one it asks anew,
    // and an agent that is still away is then a 503, which stops an EventSource.
    const isAskedAnew = code === 'AGENT_UNAVAILABLE' && !before.hasAskedBefore;
    if (token === '' && !hasNewText && (code === 'SHUTTING_DOWN' || isAskedAnew)) return undefined;
    // An EventSource asks every few seconds: one that got no further than before is stopped. How often a
    // gateway shuts down is no question of the stream.
    const isStuck = before.hasAskedBefore && !hasNewText && code !== 'SHUTTING_DOWN';
    const canGoOn = passingErrors.has(code) && token !== '' && !isStuck;
    return formatEventId(chars, !canGoOn, token);
  };
}

function tokenOf({ metadata }: Pick<AgentCall, 'metadata'>): string {
  const replay = Object.entries(metadata?.getMap() ?? {})
    .filter(([name]) => name.startsWith(metadataPrefix) && name !== wireMetadata)
    .map(([name, value]) => [name, String(value)]);
  return replayTokenOf(Object.fromEntries(replay));
}
