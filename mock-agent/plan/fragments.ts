import type { Draw } from '../../proto/draws.ts';
import type { ToolCallFragment } from '../../proto/parts.ts';
import { longestText } from '../text/text.ts';
import { cutIntoChunks, type ChunkSizes } from './chunk-sizes.ts';
import type { PlannedCall } from './tool-calls.ts';

/** A fragment of a tool call, and its number of tokens; one that only opens a call has one. */
export interface TimedFragment {
  fragment: ToolCallFragment;
  tokens: number;
}

/**
 * Yields the fragments of all calls in the order of sending: call after call, or a fragment of each in
 * turn. The first fragment of a call has its id and name, and by a draw already arguments.
 */
export function* fragmentsOf(
  calls: readonly PlannedCall[],
  order: 'sequential' | 'interleaved',
  sizes: ChunkSizes,
  draws: (purpose: string) => Draw,
): Generator<TimedFragment> {
  const sources = calls.map((call, index) => fragmentsOfCall(call, index, sizes, draws));
  if (order === 'sequential') {
    for (const source of sources) yield* source;
    return;
  }
  let active = sources;
  while (active.length > 0) {
    const unfinished: typeof active = [];
    for (const source of active) {
      const { value, done } = source.next();
      if (done === true) continue;
      yield value;
      unfinished.push(source);
    }
    active = unfinished;
  }
}

function* fragmentsOfCall(
  call: PlannedCall,
  index: number,
  { tokenChars, chunkChars }: ChunkSizes,
  draws: (purpose: string) => Draw,
): Generator<TimedFragment, undefined> {
  const { id, name, fragmentChars } = call;
  let isFirst = true;
  const fragment = (piece: string): ToolCallFragment => {
    const identity = isFirst ? { id, name } : { id: '', name: '' };
    isFirst = false;
    return { index, ...identity, arguments: piece };
  };
  const isWhole = fragmentChars === longestText;
  const opensEmpty = !isWhole && draws(`tool-call-${index}-opening`)() < 0.5;
  if (opensEmpty || call.arguments === '') {
    yield { fragment: fragment(''), tokens: 1 };
  }
  const sizes = { tokenChars, chunkChars: fragmentChars ?? chunkChars };
  for (const { text, tokens } of cutIntoChunks(
    call.arguments,
    sizes,
    draws(`tool-call-${index}-tokens`),
  )) {
    if (text !== '') yield { fragment: fragment(text), tokens };
  }
  return undefined;
}
