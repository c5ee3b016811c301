import type { Metadata } from '@grpc/grpc-js';

/**
 * The names that travel beside a request, as HTTP headers and as gRPC metadata alike. Their values are
 * texts, percent-encoded beyond printable ASCII.
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

/** One fault more for this request: its name, or an entry of a scenario's `faults` as JSON. */
export const faultMetadata = 'x-rehearsal-fault';

/** Whose request it is: each test counts on its own how often a key was asked for. */
export const testMetadata = 'x-rehearsal-test';

/** Changes with every reset: counting starts anew with it, though the agent goes on. */
export const epochMetadata = 'x-rehearsal-epoch';

/** The text of a name, the first where there are several; undefined where there is none. */
export function firstOf(
  metadata: Pick<Metadata, 'get'> | undefined,
  name: string,
): string | undefined {
  const value = metadata?.get(name)[0]?.toString();
  return value === undefined ? undefined : decodeMetadataText(value);
}

/** Sets a name to any text. */
export function setText(metadata: Pick<Metadata, 'set'>, name: string, text: string): void {
  metadata.set(name, encodeMetadataText(text));
}

/** Spaces at either end would be trimmed, and a `%` before two hexadecimal digits would be decoded. */
const notAsItIs = /[^\u0020-\u007E]+|^ +| +$|%(?=[\da-f]{2})/gi;

/**
 * Any text as the value of an HTTP header or of gRPC metadata, which take printable ASCII only:
 * percent-encoded UTF-8 (RFC 3986), and nothing else changes. Half a surrogate pair becomes U+FFFD.
 */
export function encodeMetadataText(text: string): string {
  return text.toWellFormed().replaceAll(notAsItIs, (part) => encodeURIComponent(part));
}

/** The text of a value that `encodeMetadataText`, or a client, encoded; what is not UTF-8 stays as it is. */
export function decodeMetadataText(value: string): string {
  return value.replaceAll(/(?:%[\da-f]{2})+/gi, (part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
}
