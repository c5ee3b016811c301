import { toVisible } from '../../reports/markup.ts';
import type { Scenario } from '../file/scenario.ts';
import { checkTarget, type TargetOptions } from '../run/measure-target.ts';

/**
 * Sends a target one request before a load, and prints a warning about its response on standard error.
 * @throws RehearsalError (usage) if no stream of the load could succeed
 */
export async function warnOfTarget(
  scenario: Scenario,
  target: string,
  options: TargetOptions,
): Promise<void> {
  const doubt = await checkTarget(scenario, target, options);
  if (doubt === null) return;
  process.stderr.write(`rehearsal: ${toVisible(doubt)}; the load starts all the same\n`);
}
