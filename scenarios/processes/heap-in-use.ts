import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collectGarbage: (() => void) | undefined;

/** Bytes of this process's heap that are still in use after its garbage was collected; holds all else up meanwhile. */
export function heapInUseBytes(): number {
  if (collectGarbage === undefined) {
    setFlagsFromString('--expose-gc');
    // The flag shows in contexts made after it, and the program was not started with it.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    collectGarbage = runInNewContext('gc') as () => void;
  }
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
