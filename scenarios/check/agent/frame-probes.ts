import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { longPrompt, storyPrompt } from './prompts.ts';
import type { AgentSetting, ProbeSight } from './setting.ts';
import { openRawClient, usualWindowBytes, type RawCall, type RawClient } from './raw-client.ts';
import type { SeenCall } from './seen.ts';

/** More than the ten threads that servers in Python usually have. The last ones may not have begun yet. */
const cancelledCalls = 12;

/** How long an agent may take to begin a response, or to acknowledge a PING. */
const reactionLimitMs = 10_000;

/** How long calls go on after the first text. */
const textMs = 50;

/** How long a cancelled call is watched. */
const watchMs = 500;

/** How long a call is not read. */
const unreadMs = 1500;

/** Less than the text of any story. */
const smallWindowBytes = 64;

const longestDeadlineMs = 500;
const shortestDeadlineMs = 10;

/** How long after its deadline a call is watched. */
const afterDeadlineMs = 3000;

/** What a probe on a connection of its own needs. */
type ConnectionSetting = Pick<AgentSetting, 'place' | 'limitMs' | 'signal'>;

/** Cancels calls in the middle of their text, and makes another on the same connection. */
export function probeCancel(setting: ConnectionSetting): Promise<ProbeSight> {
  return withClient(setting, usualWindowBytes, async (client) => {
    const calls = Array.from({ length: cancelledCalls }, () => client.call(longPrompt));
    for (const call of calls) call.read();
    const begin = limitOf(setting, reactionLimitMs);
    await Promise.race(calls.map((call) => begunOrAborted(call, begin)));
    // The bytes of one packet are messages in the next turn.
    await sleep(textMs, undefined, { signal: setting.signal });
    for (const call of calls) call.cancel();
    // A call ends when its RST_STREAM is sent, which a PING of the same turn would overtake.
    const seen = await Promise.all(calls.map((call) => call.ended(begin)));
    await client.settle(reactionLimitMs);
    const bytesBefore = calls.map((call) => call.dataBytes());
    const [next] = await Promise.all([
      readWhole(client, setting, storyPrompt),
      sleep(watchMs, undefined, { signal: setting.signal }),
    ]);
    return {
      calls: [...seen, next],
      frames: calls.map((call, index) => ({
        unreadBytes: 0,
        bytesAfterCancel: call.dataBytes() - (bytesBefore[index] ?? 0),
      })),
    };
  });
}

/** Makes a call with a deadline that comes in the middle of its text, and another after it. */
export function probeDeadline(setting: ConnectionSetting): Promise<ProbeSight> {
  return withClient(setting, usualWindowBytes, async (client) => {
    const whole = await readWhole(client, setting, longPrompt);
    const thirdMs = Math.round(whole.endAtMs / 3);
    const deadlineMs = Math.max(shortestDeadlineMs, Math.min(longestDeadlineMs, thirdMs));
    const call = client.call(longPrompt, { deadlineMs });
    call.read();
    const limited = await call.ended(limitOf(setting, deadlineMs + afterDeadlineMs));
    if (limited.end === 'open') call.cancel();
    const next = await readWhole(client, setting, storyPrompt);
    return { calls: [whole, limited, next], deadlineMs };
  });
}

/** Leaves a call unread for a while, with another beside it, and reads it then. */
export function probeUnread(setting: AgentSetting): Promise<ProbeSight> {
  const { client: bareClient, limitMs, signal } = setting;
  return withClient(setting, smallWindowBytes, async (client) => {
    const usual = [];
    for (let count = 0; count < 2; count += 1) {
      usual.push(await bareClient.call({ prompt: longPrompt, limitMs, signal }));
    }
    const call = client.call(longPrompt);
    await begunOrAborted(call, limitOf(setting, reactionLimitMs));
    await sleep(unreadMs, undefined, { signal });
    const unreadBytes = call.dataBytes();
    const beside = await readWhole(client, setting, storyPrompt);
    call.read();
    const unread = await call.ended(limitOf(setting, limitMs));
    return {
      calls: [...usual, beside, unread],
      frames: [{ unreadBytes, bytesAfterCancel: 0 }],
    };
  });
}

/**
 * Runs a probe on a connection of its own. Without a connection nothing is seen.
 * @throws the signal's reason
 */
async function withClient(
  { place, signal }: ConnectionSetting,
  windowBytes: number,
  probe: (client: RawClient) => Promise<ProbeSight>,
): Promise<ProbeSight> {
  let client: RawClient;
  try {
    client = await openRawClient(place, { windowBytes, signal });
  } catch {
    signal.throwIfAborted();
    return {};
  }
  try {
    return await probe(client);
  } finally {
    client.close();
    signal.throwIfAborted();
  }
}

async function readWhole(
  client: RawClient,
  setting: ConnectionSetting,
  prompt: string,
): Promise<SeenCall> {
  const call = client.call(prompt);
  call.read();
  return call.ended(limitOf(setting, setting.limitMs));
}

function limitOf({ signal }: ConnectionSetting, ms: number): AbortSignal {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  // Several calls listen to it.
  setMaxListeners(0, limit);
  return limit;
}

async function begunOrAborted(call: RawCall, limit: AbortSignal): Promise<void> {
  await Promise.race([call.begun, call.ended(limit)]);
}
