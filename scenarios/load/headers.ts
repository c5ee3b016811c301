import { RehearsalError } from '../console/rehearsal-error.ts';
import { headerValueSchema, loadHeaderNameSchema } from './request.ts';

/** The minimum length of a secret part of a value: shorter ones occur in ordinary words. */
const shortestSecret = 6;

/** A value that is in the environment. */
const ofEnvironment = /^env:([A-Za-z_]\w*)$/;

/**
 * Reads headers of the command line.
 * @param lines `name: value` or `name=value` each, with `env:NAME` for a value that is in the environment; the
 *   last line with a name wins
 * @param options `nameSchema` parses the names, by default those of a load
 * @returns the values by lower-case name
 * @throws RehearsalError (usage) with the name but not the value, which may be a secret
 */
export function readHeaders(
  lines: readonly string[],
  {
    nameSchema = loadHeaderNameSchema,
    environment = process.env,
  }: { nameSchema?: typeof loadHeaderNameSchema; environment?: NodeJS.ProcessEnv } = {},
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    // Neither is allowed in a name.
    const end = line.search(/[:=]/);
    const name = nameSchema.safeParse(line.slice(0, end).trim());
    // A line without a name may be a secret in Base64, which ends in `=`.
    if (end === -1 || (name.error !== undefined && line[end] === '=')) {
      throw new RehearsalError('usage', "--header: write 'name: value', or name=env:VARIABLE");
    }
    if (name.error !== undefined) {
      const quoted = JSON.stringify(line.slice(0, end).trim());
      throw new RehearsalError('usage', `--header: ${quoted} ${name.error.issues[0]?.message}`);
    }
    const written = line.slice(end + 1).trim();
    const variable = ofEnvironment.exec(written)?.[1];
    const secret = variable === undefined ? written : environment[variable];
    if (secret === undefined || (variable !== undefined && secret === '')) {
      throw new RehearsalError(
        'usage',
        `--header: ${name.data}: the environment variable ${variable} is not set`,
      );
    }
    const value = headerValueSchema.safeParse(secret);
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
