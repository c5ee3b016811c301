import { metadataPrefix } from '../../proto/metadata.ts';
import type { StreamEvent } from '../../proto/stream-event.ts';
import { wireMetadata } from '../../proto/wire-fault.ts';
import type { AgentCall } from '../agent/agent-client.ts';
import type { ErrorCode } from '../../proto/error-codes.ts';
import { formatEventId, replayTokenOf } from './event-id.ts';

/** What the client had read at its request; position 0 for a first request. */
interface ReadBefore {
  isReconnect: boolean;
  position: number;
}

/**
 * Errors with a temporary cause, after which the same stream can be resumed. All other errors would occur
 * again.
 */
const temporaryErrors: ReadonlySet<string> = new Set<ErrorCode>([
  'AGENT_UNAVAILABLE',
  'CONFLICT',
  'RATE_LIMITED',
  'SHUTTING_DOWN',
]);

/**
 * Returns a function that creates the ids of a call's events; pings have none.
 *
 * An agent that does not describe its stream cannot repeat it. Then only the last event has an id, which keeps
 * an EventSource from starting another generation.
 */
export function createEventIds(
  call: Pick<AgentCall, 'metadata'>,
  readBefore: ReadBefore,
): (event: StreamEvent, chars: number) => string | undefined {
  let token: string | undefined;
  return (event, chars) => {
    if (event.event === 'ping') return undefined;
    // Not when the stream opens: a slow agent describes it later, but before its first chunk.
    token ??= tokenOf(call);
    const hasNewText = chars > readBefore.position;
    if (event.event === 'message') {
      const { isFinal } = event.data;
      return token === '' && !isFinal ? undefined : formatEventId(chars, isFinal, token);
    }
    const { code } = event.data;
    // Too early for a description: the client resumes from the id that it has. Without one it starts anew,
    // and an agent that is still unavailable is then a 503, which stops an EventSource.
    const startsAnew = code === 'AGENT_UNAVAILABLE' && !readBefore.isReconnect;
    if (token === '' && !hasNewText && (code === 'SHUTTING_DOWN' || startsAnew)) return undefined;
    // An EventSource reconnects every few seconds, so one without progress is stopped. A shutdown is not
    // caused by the stream, so it does not count.
    const isStuck = readBefore.isReconnect && !hasNewText && code !== 'SHUTTING_DOWN';
    const canResume = temporaryErrors.has(code) && token !== '' && !isStuck;
    return formatEventId(chars, !canResume, token);
  };
}

/** Returns the metadata by which an agent repeats a stream that it has described; empty before it has. */
export function replayOf({
  metadata,
}: Pick<AgentCall, 'metadata'>): Readonly<Record<string, string>> {
  const replay = Object.entries(metadata?.getMap() ?? {})
    .filter(([name]) => name.startsWith(metadataPrefix) && name !== wireMetadata)
    .map(([name, value]) => [name, String(value)]);
  return Object.fromEntries(replay);
}

function tokenOf(call: Pick<AgentCall, 'metadata'>): string {
  return replayTokenOf(replayOf(call));
}
