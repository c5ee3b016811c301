import type { AgentCall } from '../agent/agent-client.ts';

/** Returns the call without the first `chars` code points of its text, which the client has already read. */
export function skipText<C extends Pick<AgentCall, 'read'>>(call: C, chars: number): C {
  if (chars === 0) return call;
  let remaining = chars;
  return {
    ...call,
    read: (reader) =>
      call.read({
        ...reader,
        chunk(chunk) {
          const [skipped, delta] = splitAt(chunk.delta, remaining);
          remaining -= skipped;
          reader.chunk({ ...chunk, delta });
        },
      }),
  };
}

/** Skips up to `limit` code points; returns their number and the remaining text. */
function splitAt(text: string, limit: number): [skipped: number, remaining: string] {
  if (limit === 0) return [0, text];
  let skipped = 0;
  let units = 0;
  for (const char of text) {
    if (skipped === limit) break;
    skipped += 1;
    units += char.length;
  }
  return [skipped, text.slice(units)];
}
