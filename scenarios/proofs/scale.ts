/** Whether a proof runs in full (`make torture`), and not in the size that the tests have time for. */
export const full = process.env['TORTURE'] === '1';

/** A size of a proof. */
export function scaled(inTests: number, inFull: number): number {
  return full ? inFull : inTests;
}

/** Prints a figure of a proof that runs in full; the tests have verdicts alone. */
export function printFigure(figure: string): void {
  if (full) process.stdout.write(`${figure}\n`);
}
