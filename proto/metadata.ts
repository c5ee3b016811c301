import type { Metadata } from '@grpc/grpc-js';

/**
 * Names of request parameters, used both as HTTP headers and as gRPC metadata. Values are texts, with
 * everything but printable ASCII percent-encoded.
 *
 * A gateway forwards every header with the prefix without interpreting it; only the mock agent reads them.
 */

export const metadataPrefix = 'x-rehearsal-';

/** The name of the scenario, one of those that the agent was started with. */
export const scenarioMetadata = 'x-rehearsal-scenario';

/** The request key; with scenario and seed it determines the stream. */
export const keyMetadata = 'x-rehearsal-key';

/** A whole number that overrides the seed for this request. */
export const seedMetadata = 'x-rehearsal-seed';

/** The number of the request for its key (without one: prompt and model), to repeat an earlier stream. */
export const nthMetadata = 'x-rehearsal-nth';

/** Code points of the text that the client has already read; the agent may send them without pauses. */
export const resumeMetadata = 'x-rehearsal-resume';

/** The factor by which this stream is faster than planned: a number, or `instant`. */
export const speedMetadata = 'x-rehearsal-speed';

/** Additional faults for this request: names, entries of a scenario's `faults` as JSON, or a JSON list of both. */
export const faultMetadata = 'x-rehearsal-fault';

/** The names of the faults that strike a stream, with commas between them; absent if none does. */
export const struckMetadata = 'x-rehearsal-struck';

/** The id under which commands reach a stream, set by the control interface. */
export const streamMetadata = 'x-rehearsal-stream';

/**
 * How many milliseconds a gateway that applies wire faults would wait for the response of a slow agent. An agent
 * that plans to be slower responds by then, so that the gateway can wait longer for one that is busy.
 */
export const acceptWaitMetadata = 'x-rehearsal-accept-wait';

/** Present if a stream is held before its first chunk until a command releases it. */
export const heldMetadata = 'x-rehearsal-held';

/** The test that sends the request; requests are counted per test. */
export const testMetadata = 'x-rehearsal-test';

/** Changes with every reset, which restarts the counts of requests without restarting the agent. */
export const epochMetadata = 'x-rehearsal-epoch';

/** The names that a client may set. */
export const clientMetadata: readonly string[] = [
  scenarioMetadata,
  keyMetadata,
  seedMetadata,
  nthMetadata,
  resumeMetadata,
  speedMetadata,
  faultMetadata,
  testMetadata,
];

/** The names that a gateway sets, or sends back from the response of an agent. */
export const gatewayMetadata: readonly string[] = [
  streamMetadata,
  acceptWaitMetadata,
  heldMetadata,
  epochMetadata,
  struckMetadata,
];

/** Returns the first value of a name, decoded; undefined if there is none. */
export function firstOf(
  metadata: Pick<Metadata, 'get'> | undefined,
  name: string,
): string | undefined {
  const value = metadata?.get(name)[0]?.toString();
  return value === undefined ? undefined : decodeMetadataText(value);
}

/** Sets a name to any text, encoded. */
export function setText(metadata: Pick<Metadata, 'set'>, name: string, text: string): void {
  metadata.set(name, encodeMetadataText(text));
}

/** Includes outer spaces, which would be trimmed, and a `%` before two hexadecimal digits, which would be decoded. */
const toEncode = /[^\u0020-\u007E]+|^ +| +$|%(?=[\da-f]{2})/gi;

/**
 * Encodes any text as the value of an HTTP header or of gRPC metadata, which accept printable ASCII only.
 * Other characters become percent-encoded UTF-8 (RFC 3986), half a surrogate pair U+FFFD.
 */
export function encodeMetadataText(text: string): string {
  return text.toWellFormed().replaceAll(toEncode, (part) => encodeURIComponent(part));
}

/** Decodes a percent-encoded value; invalid UTF-8 stays unchanged. */
export function decodeMetadataText(value: string): string {
  return value.replaceAll(/(?:%[\da-f]{2})+/gi, (part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
}
