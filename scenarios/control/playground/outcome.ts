import { stateOf, type Run, type State } from './run.ts';

/** A pause of this length is worth a word. */
const longPauseMs = 1000;

/** The heading of each state. */
export const titles: Record<State, string> = {
  waiting: 'Waiting for the first text',
  streaming: 'Streaming',
  held: 'Held',
  completed: 'Complete',
  stopped: 'Stopped',
  failed: 'Failed',
  cut: 'Cut off',
  malformed: 'Broken',
  refused: 'Refused',
};

/** Tells in a sentence or two what happened to a stream, and what that asks of a client. */
export function outcomeOf(run: Run): string {
  const { ending, endMs = 0, chars } = run;
  if (ending === undefined) return stateOf(run) === 'held' ? heldText(run) : '';
  const place = `${seconds(endMs)} after the request, with ${count(chars, 'character')} shown`;
  switch (ending.kind) {
    case 'completed':
      return `The final message came ${seconds(endMs)} after the request: ${count(chars, 'character')} in ${count(run.arrivalsMs.length, 'message')}.${pauseText(run)}${missText(run)}`;
    case 'stopped':
      return `You left ${place}. The server stops its work as well.`;
    case 'failed':
      return `The server reported an error ${place}. ${ending.cause}. A good client keeps the text and offers to try again.`;
    case 'cut':
      return `The stream ended without its final message ${place} (${ending.cause}). It looks complete, but it is not.`;
    case 'malformed':
      return `The server sent ${ending.cause} ${place}. A good client ends the stream here.`;
    case 'refused':
      return `There was no stream: ${ending.cause}.${waitText(ending.retryAfterSec)}`;
  }
}

function heldText({ chars }: Run): string {
  return `The agent stands still after ${count(chars, 'character')}. Step sends one more chunk, Resume lets it go on.`;
}

function waitText(retryAfterSec: number | undefined): string {
  if (retryAfterSec === undefined) return '';
  return ` The server asks to wait ${seconds(retryAfterSec * 1000)} before the next try.`;
}

/** A fault whose place is beyond the end of the answer. */
function missText({ fault, plan }: Run): string {
  if (fault === '' || plan === undefined || plan.faults.includes(fault)) return '';
  return ` ${fault} did not strike: the answer ended before its place.`;
}

function pauseText(run: Run): string {
  const pause = longestPause(run, run.arrivalsMs.at(-1) ?? 0);
  if (pause === undefined || pause.ms < longPauseMs) return '';
  return ` For ${seconds(pause.ms)} nothing came, from ${seconds(pause.fromMs)} on.`;
}

/** The longest time in which no text came, from the request to `untilMs`. */
export function longestPause(
  { arrivalsMs }: Run,
  untilMs: number,
): { fromMs: number; ms: number } | undefined {
  let longest: { fromMs: number; ms: number } | undefined;
  let fromMs = 0;
  for (const atMs of [...arrivalsMs, untilMs]) {
    const ms = atMs - fromMs;
    if (longest === undefined || ms > longest.ms) longest = { fromMs, ms };
    fromMs = atMs;
  }
  return longest;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
