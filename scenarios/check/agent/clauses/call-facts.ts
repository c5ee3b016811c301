import type { Clause } from '../../clause.ts';
import { shorten } from '../../clauses/stream-facts.ts';
import { departed, notTestable, type Judgement } from '../../judgement.ts';
import { statusName } from '../bare-client.ts';
import type { AgentProbeName } from '../probes.ts';
import type { AgentSight, SeenCall, SeenChunk } from '../seen.ts';

/** A clause that an agent can keep or break. */
export type AgentClause = Clause<AgentProbeName, AgentSight>;

/** Whether a call ended with the status OK and has no chunk with an error. */
export function isComplete({ status, chunks }: SeenCall): boolean {
  return status?.code === 0 && chunks.every(({ error }) => error === '');
}

export function textOf({ chunks }: Pick<SeenCall, 'chunks'>): string {
  return chunks.map(({ delta }) => delta).join('');
}

/** Says how a call ended, such as `status INTERNAL (out of memory) after 3 chunks`. */
export function describeEnd({ end, status, chunks }: SeenCall): string {
  const error = chunks.find((chunk) => chunk.error !== '')?.error;
  const after = `after ${chunks.length} chunks`;
  if (error !== undefined) return shorten(`a chunk with the error "${error}", ${after}`);
  if (status !== null) {
    const name = statusName(status.code);
    const details = ['', name].includes(status.details) ? '' : ` (${status.details})`;
    return shorten(`status ${name}${details} ${after}`);
  }
  return {
    status: `no status ${after}`,
    reset: `the call was reset ${after}`,
    cancelled: `cancelled ${after}`,
    open: `still open ${after}`,
  }[end];
}

/** Says of a call that it did not end well. */
export function notComplete(call: SeenCall, expected: string): Judgement {
  return departed({
    expected,
    seen: `${describeEnd(call)}, for the prompt ${JSON.stringify(shorten(call.prompt))}`,
    at: { ms: Math.round(call.endAtMs) },
  });
}

/** Judges the calls that ended well; nothing can be said where none did. */
export function ofComplete(
  calls: readonly SeenCall[],
  judge: (calls: readonly SeenCall[]) => Judgement,
): Judgement {
  const complete = calls.filter(isComplete);
  if (complete.length > 0) return judge(complete);
  const [first] = calls;
  return notTestable(
    first === undefined
      ? 'the agent accepts no connection any more'
      : `no call ended well: ${describeEnd(first)}`,
  );
}

/** Returns where a chunk is, for a deviation: its bytes in hexadecimal. */
export function placeOf({ bytes, atMs }: SeenChunk): { at: { ms: number }; excerpt: string } {
  return { at: { ms: Math.round(atMs) }, excerpt: shorten(bytes.toString('hex')) };
}
