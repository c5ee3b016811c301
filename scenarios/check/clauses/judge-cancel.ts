import { departed, kept, notTestable, type Judgement } from '../judgement.ts';
import type { Seen } from '../seen.ts';

/** How long a gateway may take to cancel what it asked for after its client left. */
const cancelLimitMs = 2000;

/**
 * Judges whether a client that left ended the call of our agent.
 * @param words what is expected, what is said without a call, and the call in a sentence
 */
export function judgeCancel(
  { response, calls: [call] }: Seen,
  { expected, none, subject }: { expected: string; none: string; subject: string },
): Judgement {
  if (response.end !== 'left') {
    return notTestable(`the response was ${response.end} before the client left`);
  }
  if (call === undefined) return notTestable(none);
  const at = { ms: Math.round(response.endAtMs) };
  if (call.end === null) {
    return departed({ expected, seen: `${subject} is still open after 5 s`, at });
  }
  const { cause, atMs } = call.end;
  const afterMs = Math.round(atMs - response.endAtMs);
  const isCancel = cause === 'cancelled' || cause === 'connection-lost';
  return isCancel && atMs - response.endAtMs <= cancelLimitMs
    ? kept(`${afterMs} ms later`)
    : departed({ expected, seen: `${subject} ended as ${cause} after ${afterMs} ms`, at });
}
