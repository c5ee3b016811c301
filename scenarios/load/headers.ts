import { RehearsalError } from '../console/rehearsal-error.ts';
import { headerNameSchema, headerValueSchema } from './request.ts';

/** A shorter part of a header's value is in too many words to be a secret. */
const shortestSecret = 6;

/**
 * Reads headers of the command line.
 * @param lines `name: value` each; the last of a name wins
 * @returns the values by their names in lower case
 * @throws RehearsalError (usage) with the name alone where one is wrong: a value may be a secret
 */
export function readHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon === -1) throw new RehearsalError('usage', "--header: write 'name: value'");
    const name = headerNameSchema.safeParse(line.slice(0, colon).trim());
    if (name.error !== undefined) {
      const shown = JSON.stringify(line.slice(0, colon).trim());
      throw new RehearsalError('usage', `--header: ${shown} ${name.error.issues[0]?.message}`);
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

/** What a server may say back of headers: whole values and their longer parts, such as the token after `Bearer`. */
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
