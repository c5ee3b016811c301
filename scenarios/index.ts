/** The package's own door: what programs and tests may import from it. */
export {
  startRehearsal,
  type Rehearsal,
  type RehearsalOptions,
  type ScenarioChoice,
  type TestRehearsal,
} from './testkit/start-rehearsal.ts';
export {
  expectDisconnectWithin,
  expectRetryAtMost,
  expectStopAfterFinal,
  expectWaitForRetryAfter,
} from './testkit/expect-requests.ts';
export {
  expectCancelledWithin,
  expectNotAskedAgainAfterFinal,
  expectRetriedAtMost,
  expectRetriedNotBeforeRetryAfter,
} from './testkit/former-names.ts';
export {
  RehearsalError,
  type Problem,
  type RehearsalErrorCode,
} from './console/rehearsal-error.ts';
/** @deprecated It is `RehearsalError`; the next release has that name alone. */
export { RehearsalError as ScenarioError } from './console/rehearsal-error.ts';
export type { GatewaySettings } from './flags/gateway-settings.ts';
export type { FaultChoice } from './control/fault-choice.ts';
export type { OpenStream } from './control/open-streams.ts';
export type { ScenarioInput } from './file/scenario-object.ts';
export type { HeldStream, StreamPlace } from './testkit/held-stream.ts';
export type { JournalEntry } from './control/journal.ts';
