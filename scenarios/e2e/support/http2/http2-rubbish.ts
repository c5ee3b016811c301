import seedrandom from 'seedrandom';

import { preface, settingsOf } from '../../../../proto/testing/http2-bytes.ts';
import { clientEnd, gatewayClientEnd, serverEnd } from './http2-ends.ts';
import { anyEnd, type Context } from './http2-parts.ts';

/** A sequence of bytes from one end of an HTTP/2 connection. */
export interface Rubbish {
  /** The names of the parts, for failure messages. */
  parts: readonly string[];
  /** The start of the connection, mostly valid. */
  opening: Buffer;
  /** The bytes after the start, one element per write. */
  pieces: readonly Buffer[];
  /** How the connection ends; `wait` leaves it to the peer. */
  ending: 'end' | 'destroy' | 'wait';
}

const anyParts = Object.entries(anyEnd);

const partsOf = {
  client: Object.entries(clientEnd),
  'client of the gateway': Object.entries(gatewayClientEnd),
  server: Object.entries(serverEnd),
};

/** The ends of a connection. */
export type End = keyof typeof partsOf;

/** Returns the sequence of an end for a seed and an index; always the same. */
export function http2Rubbish(end: End, seed: string, index: number): Rubbish {
  const draw = seedrandom(`${seed}/${end}/${index}`);
  const below = (limit: number) => Math.floor(draw() * limit);
  let nextId = 1;
  const context: Context = {
    draw,
    below,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no list here is empty
    oneOf: <T>(items: readonly T[]) => items[below(items.length)] as T,
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
    id: () => (draw() < 0.8 ? Math.max(1, nextId - 2) : below(12)),
    newId() {
      nextId += 2;
      return nextId - 2;
    },
  };
  const opening: Buffer[] = end !== 'server' && draw() < 0.97 ? [preface] : [];
  if (draw() < 0.95) opening.push(settingsOf());
  const parts: string[] = [];
  const all = Array.from({ length: 1 + below(10) }, () => {
    const [name, part] = context.oneOf(draw() < 0.5 ? partsOf[end] : anyParts);
    parts.push(name);
    return part(context);
  });
  return {
    parts,
    opening: Buffer.concat(opening),
    pieces: cut(Buffer.concat(all), context),
    ending: context.oneOf(['end', 'destroy', 'wait']),
  };
}

/** Splits the bytes of some sequences at random positions, and leaves most in one piece. */
function cut(bytes: Buffer, { draw, below }: Context): Buffer[] {
  if (draw() < 0.6) return [bytes];
  const places = Array.from({ length: 1 + below(6) }, () => below(bytes.length));
  const sorted = [0, ...places.toSorted((one, two) => one - two), bytes.length];
  return sorted.slice(1).map((to, index) => bytes.subarray(sorted[index], to));
}
