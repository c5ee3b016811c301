import { RehearsalError } from '../console/rehearsal-error.ts';
import { headerNameSchema, headerValueSchema } from './request.ts';

/** The minimum length of a secret part of a value: shorter ones occur in ordinary words. */
const shortestSecret = 6;

/**
 * Reads headers of the command line.
 * @param lines `name: value` each; the last line with a name wins
 * @returns the values by lower-case name
 * @throws RehearsalError (usage) with the name but not the value, which may be a secret
 */
export function readHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon === -1) throw new RehearsalError('usage', "--header: write 'name: value'");
    const name = headerNameSchema.safeParse(line.slice(0, colon).trim());
    if (name.error !== undefined) {
      const quoted = JSON.stringify(line.slice(0, colon).trim());
      throw new RehearsalError('usage', `--header: ${quoted} ${name.error.issues[0]?.message}`);
    }
    const value = headerValueSchema.safeParse(line.slice(colon + 1).trim());
    if (value.error !== undefined) {
      throw new RehearsalError(
        'usage',
        `--header: ${name.data}: ${value.error.issues[0]?.message}`,
      );
    }
    headers[name.data.toLowerCase()] = value.data;
  }
  return headers;
}

/** Returns the secrets of headers that a server may echo: values and their longer parts, such as the token after `Bearer`. */
export function secretsOfHeaders(headers: Readonly<Record<string, string>>): string[] {
  const values = Object.values(headers);
  const parts = values.flatMap((value) => [
    value.replace(/^\S+\s+/, ''),
    ...value.split(/[\s;,=]+/),
  ]);
  return [
    ...values.filter((value) => value !== ''),
    ...parts.filter((part) => part.length >= shortestSecret && part !== 'Bearer'),
  ];
}
