/** Whether the proofs run in full (`make torture`), and not in a size that the tests have time for. */
export const isFull = process.env['TORTURE'] === '1';

/** A size of a proof. */
export function scaled(inTests: number, inFull: number): number {
  return isFull ? inFull : inTests;
}

/** Prints a figure of a proof that runs in full; the tests have verdicts alone. */
export function printFigure(figure: string): void {
  if (isFull) process.stdout.write(`${figure}\n`);
}
