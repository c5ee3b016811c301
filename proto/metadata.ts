/**
 * The names that travel beside a request, as HTTP headers and as gRPC metadata alike.
 *
 * A gateway forwards every header with the prefix as it is and understands none of them;
 * only the agent that a scenario drives reads them.
 */

export const metadataPrefix = 'x-rehearsal-';

/** Which scenario answers: the name of one that the agent was started with. */
export const scenarioMetadata = 'x-rehearsal-scenario';

/** The request key: with scenario and seed it decides the whole stream. */
export const keyMetadata = 'x-rehearsal-key';

/** A whole number that takes the place of the agent's own seed for this request. */
export const seedMetadata = 'x-rehearsal-seed';

/** How often the key, or else the prompt and model, had been asked for: repeats that very stream. */
export const nthMetadata = 'x-rehearsal-nth';

/** Code points of the stream's text that the client has read: they may come at once. */
export const resumeMetadata = 'x-rehearsal-resume';

/** How many times faster than planned this stream is to run: a number, or `instant`. */
export const speedMetadata = 'x-rehearsal-speed';
