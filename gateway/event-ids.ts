import { metadataPrefix } from '../proto/metadata.ts';
import type { StreamEvent } from '../proto/stream-event.ts';
import { wireMetadata } from '../proto/wire-fault.ts';
import type { AgentCall } from './agent-client.ts';
import { formatEventId, replayTokenOf } from './event-id.ts';

/**
 * Returns the ids for the events of a call; pings have none.
 *
 * An agent that does not describe its stream cannot repeat it: then only the last event has an id, which
 * keeps an EventSource from starting another generation.
 */
export function createEventIds(
  call: Pick<AgentCall, 'metadata'>,
): (event: StreamEvent, chars: number) => string | undefined {
  let token: string | undefined;
  return (event, chars) => {
    if (event.event === 'ping') return undefined;
    const isEnd = event.event === 'error' || event.data.isFinal;
    // Not when the stream opens: a slow agent describes it later, but always before its first chunk.
    token ??= tokenOf(call);
    return token === '' && !isEnd ? undefined : formatEventId(chars, isEnd, token);
  };
}

function tokenOf({ metadata }: Pick<AgentCall, 'metadata'>): string {
  const replay = Object.entries(metadata?.getMap() ?? {})
    .filter(([name]) => name.startsWith(metadataPrefix) && name !== wireMetadata)
    .map(([name, value]) => [name, String(value)]);
  return replayTokenOf(Object.fromEntries(replay));
}
