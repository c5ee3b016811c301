import { RehearsalError } from '../console/rehearsal-error.ts';
import { mask } from '../console/mask-urls.ts';

/** An entry of the metadata of each call. */
interface MetadataEntry {
  name: string;
  value: string;
}

/** The names and values that gRPC allows for texts. */
const metadataName = /^[0-9a-z_.-]+(?<!-bin)$/;
const metadataValue = /^[\u0020-\u007E]+$/;

/**
 * Parses `name=value`, where a value `env:NAME` is that of an environment variable.
 * @throws RehearsalError (argument) that does not repeat the value
 */
export function parseMetadata(text: string, environment: NodeJS.ProcessEnv): MetadataEntry {
  const [, name = '', written = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (name === '' || written === '')
    throw new RehearsalError('argument', 'Write name=value or name=env:NAME.');
  if (!metadataName.test(name) || name.startsWith('grpc-')) {
    throw new RehearsalError(
      'argument',
      'A name has lower-case letters, digits and _.-, and neither starts with grpc- nor ends with -bin.',
    );
  }
  const variable = /^env:(.*)$/s.exec(written)?.[1];
  const value = variable === undefined ? written : environment[variable];
  if (value === undefined || value === '')
    throw new RehearsalError('argument', `The environment variable ${variable} is not set.`);
  if (!metadataValue.test(value))
    throw new RehearsalError('argument', 'A value has printable ASCII characters only.');
  return { name, value };
}

/** Shows an entry, or the text of one, without its value. */
export function maskMetadata(entry: unknown): string {
  if (typeof entry === 'string')
    return entry.includes('=') ? entry.replace(/=(?!env:).*$/s, `=${mask}`) : mask;
  return `${String(Reflect.get(Object(entry), 'name'))}=${mask}`;
}
