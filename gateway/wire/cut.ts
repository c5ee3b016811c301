import type { WireFaultOf } from '../../proto/wire-fault.ts';
import type { Carrier } from './carrier.ts';
import { clearTimeout, performance, setTimeout } from '../../proto/timers.ts';

/**
 * The delay of a reset after earlier data. On many systems a reset discards received but unread bytes, which
 * would make the client's view random.
 */
const resetDelayMs = 30;

/**
 * Cuts a stream at its time.
 *
 * @param openedMs when the stream was opened, by `performance.now()`
 * @param flush sends held-back events, and calls back when the system has taken them
 * @param endBody ends the body as if the stream were complete
 * @returns a function that cancels the cut, for a connection that closes before
 */
export function startCut(
  { by, afterMs }: WireFaultOf<'cut'>,
  openedMs: number,
  carrier: Carrier,
  flush: (onFlushed: () => void) => void,
  endBody: () => void,
): () => void {
  const cut = () => {
    switch (by) {
      case 'fin':
        carrier.drop();
        return;
      case 'reset':
        setTimeout(() => carrier.reset(), resetDelayMs);
        return;
      case 'end':
        endBody();
    }
  };
  const waitMs = Math.max(0, Math.ceil(openedMs + afterMs - performance.now()));
  const timer = setTimeout(() => flush(cut), waitMs);
  return () => clearTimeout(timer);
}
