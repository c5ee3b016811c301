import type { AgentCall } from '../agent/agent-client.ts';

/** The call without the first characters (code points) of its text, which the client has read before. */
export function skipText<C extends Pick<AgentCall, 'read'>>(call: C, chars: number): C {
  if (chars === 0) return call;
  let left = chars;
  return {
    ...call,
    read: (reader) =>
      call.read({
        ...reader,
        chunk(chunk) {
          const [skipped, delta] = splitAt(chunk.delta, left);
          left -= skipped;
          reader.chunk({ ...chunk, delta });
        },
      }),
  };
}

/** How many code points were cut off, at most `most`, and what is left. */
function splitAt(text: string, most: number): [skipped: number, rest: string] {
  if (most === 0) return [0, text];
  let skipped = 0;
  let units = 0;
  for (const char of text) {
    if (skipped === most) break;
    skipped += 1;
    units += char.length;
  }
  return [skipped, text.slice(units)];
}
