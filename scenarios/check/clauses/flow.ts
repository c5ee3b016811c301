import { mostPushesIn } from '../../expect/push-rate.ts';
import type { Clause } from '../clause.ts';
import { departed, kept, notTestable, type Judgement } from '../judgement.ts';
import type { Numbers } from '../numbers.ts';
import type { Seen } from '../seen.ts';
import { isStream, messagesOf, ofMessages, sameText, type SeenMessage } from './stream-facts.ts';

/**
 * The part of the push interval that first texts may wait in the middle. A gateway that sends at the ticks of a
 * clock keeps them half an interval.
 */
const mostOfInterval = 0.36;

/** D: the flow. D1 is the agent's. */
export const flowClauses: readonly Clause[] = [
  {
    id: 'D2',
    title: 'a push every 50 ms at most',
    says: 'The gateway pushes at most once every 50 ms per stream; what arrives in between is merged into one message.',
    probes: ['fast'],
    judge: (seen, numbers) =>
      ofMessages(seen('fast')[0], (each, messages) => spaced(each, messages, numbers)),
  },
  {
    id: 'D2-reading',
    title: 'the first text goes out at once',
    says: 'The first text goes out at once; the limit spaces what follows.',
    probes: ['first-text'],
    judge: (seen, numbers) => firstAtOnce(seen('first-text'), numbers),
  },
  {
    id: 'D3',
    title: 'the buffer of a stream is bounded',
    says: "At most 100 chunks wait in a stream's buffer.",
    probes: ['unread'],
    judge: (seen) => ofMessages(seen('unread')[0], bounded),
  },
  {
    id: 'D3-reading',
    title: 'a full buffer slows the agent and drops nothing',
    says: 'When the buffer is full the agent is slowed by flow control; nothing is dropped.',
    probes: ['unread'],
    judge: (seen, { streamLimitMs }) =>
      ofMessages(seen('unread')[0], (each) => {
        const lost = sameText(each);
        if (lost === undefined) return kept('all text, once the client reads on');
        return each.response.endAtMs >= streamLimitMs * 0.95
          ? notTestable(
              'the limit of a stream came before its end; start the gateway with a longer one',
            )
          : lost;
      }),
  },
];

/** Judges the rate over the whole stream. The final message may come with its end. */
function spaced(
  { response, calls }: Seen,
  messages: readonly SeenMessage[],
  { pushIntervalMs }: Numbers,
): Judgement {
  const spacedOut = messages.filter(({ isFinal }) => !isFinal);
  const [first] = spacedOut;
  const last = spacedOut.at(-1);
  if (first === undefined || last === undefined) return notTestable('the stream has no text');
  const spanMs = last.atMs - first.atMs;
  const most = mostPushesIn(spanMs, pushIntervalMs);
  const sent = calls[0]?.sentAtMs.length ?? 0;
  const words = `${spacedOut.length} messages in ${Math.round(spanMs)} ms, for ${sent} chunks`;
  return spacedOut.length <= most
    ? kept(words)
    : departed({
        expected: `${most} messages at most in ${Math.round(spanMs)} ms`,
        seen: words,
        at: { ms: Math.round(spacedOut[1]?.atMs ?? response.endAtMs) },
      });
}

function firstAtOnce(all: readonly Seen[], { pushIntervalMs }: Numbers): Judgement {
  const delays = all
    .filter(({ response }) => isStream(response))
    .flatMap(({ response, calls }) => {
      const [message] = messagesOf(response);
      const sentAtMs = calls[0]?.sentAtMs[0];
      return message === undefined || sentAtMs === undefined ? [] : [message.atMs - sentAtMs];
    })
    .toSorted((a, b) => a - b);
  if (delays.length < all.length) return notTestable('a stream had no message');
  const median = delays[Math.floor(delays.length / 2)] ?? 0;
  const words = `${median.toFixed(1)} ms after the agent sent it (median of ${delays.length})`;
  return median <= pushIntervalMs * mostOfInterval
    ? kept(words)
    : departed({ expected: 'the first text at once', seen: words });
}

/** The part of an unread stream that may be on its way: in the buffer and in the sockets. */
const mostUnread = 0.8;

function bounded({ response, calls }: Seen): Judgement {
  const [call] = calls;
  const planned = call?.plan.chunks.length ?? 0;
  const firstReadMs = response.events[0]?.atMs ?? response.endAtMs;
  const sent = (call?.sentAtMs ?? []).filter((atMs) => atMs < firstReadMs).length;
  if (sent === 0) return notTestable('the agent sent nothing while nothing was read');
  const words = `${sent} of ${planned} chunks sent while nothing was read`;
  return sent <= planned * mostUnread
    ? kept(words)
    : departed({
        expected: 'an agent that is slowed while the client reads nothing',
        seen: words,
        at: { ms: Math.round(firstReadMs) },
      });
}
