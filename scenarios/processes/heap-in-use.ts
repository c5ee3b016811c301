import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collectGarbage: (() => void) | undefined;

/** Collects garbage, which blocks this process, and returns the bytes of heap still in use. */
export function heapInUseBytes(): number {
  if (collectGarbage === undefined) {
    setFlagsFromString('--expose-gc');
    // The flag only affects new contexts, since the process was started without it.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    collectGarbage = runInNewContext('gc') as () => void;
  }
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
