import type { StreamSample } from '../../reports/sample.ts';
import { createStreamProbe, type ProbeContext, type StreamProbe } from './client/stream-probe.ts';
import { createConversationProbe } from './conversation-probe.ts';
import type { LoadProfile } from './profile/profile.ts';
import type { RequestTemplate } from './request.ts';

/**
 * Creates a probe of a load, for single streams or for conversations.
 * @param mayStart whether the caller has a place for another request of a conversation at this time
 * @param onEnd receives the sample of each stream, of a conversation the last one
 */
export type OpenProbe = (
  slot: number,
  mayStart: (startAtMs: number) => boolean,
  onEnd: (sample: StreamSample) => void,
) => StreamProbe;

/** @param mayContinue called before each request of a conversation after the first */
export function probeOpener(
  { conversation }: Pick<LoadProfile, 'conversation'>,
  context: ProbeContext,
  { bodyOf }: Pick<RequestTemplate, 'bodyOf'>,
  mayContinue: (startAtMs: number) => boolean,
): OpenProbe {
  if (conversation === undefined) {
    return (slot, _mayStart, onEnd) => createStreamProbe(slot, context, onEnd);
  }
  const shared = { conversation, bodyOf, mayContinue };
  return (slot, mayStart, onEnd) => createConversationProbe(slot, context, shared, mayStart, onEnd);
}
