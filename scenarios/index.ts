/** The package's own door: what programs and tests may import from it. */
export {
  startRehearsal,
  type FaultChoice,
  type Rehearsal,
  type RehearsalOptions,
  type ScenarioChoice,
  type ScenarioInput,
  type TestRehearsal,
} from './library.ts';
export {
  expectCancelledWithin,
  expectNotAskedAgainAfterFinal,
  expectRetriedAtMost,
  expectRetriedNotBeforeRetryAfter,
} from './checks.ts';
export { ScenarioError, type Problem } from './problems.ts';
export type { JournalEntry } from '../gateway/journal.ts';
