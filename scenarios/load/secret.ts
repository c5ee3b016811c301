import { z } from 'zod';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { mask } from '../console/mask-urls.ts';

/** A schema for a text, or for the name of an environment variable that contains it. */
export function secretOr<T extends z.ZodType<string>>(plain: T) {
  const fromEnvironment = z.strictObject({
    env: z
      .string()
      .regex(/^[A-Za-z_]\w*$/, { error: 'must be the name of an environment variable' }),
  });
  return z.union([plain, fromEnvironment], {
    error: 'must be a text, or { env: NAME } for the value of an environment variable',
  });
}

type SecretOr = z.output<ReturnType<typeof secretOr>>;

/** Reads secrets, and masks them in texts. */
export interface SecretReader {
  /**
   * @param key of the scenario, for the message of an error
   * @throws RehearsalError (usage) for a variable that is not set or empty, or whose value `plain` rejects;
   *   the message leaves out the value
   */
  read(value: SecretOr, key: string, plain: z.ZodType<string>): string;
  /** Masks the secrets in a text, since a server may echo them. */
  redact(text: string): string;
}

/** @param known more secrets, such as those of the URL */
export function createSecretReader(
  environment: NodeJS.ProcessEnv,
  known: readonly string[] = [],
): SecretReader {
  const secrets = [...known];
  return {
    read(value, key, plain) {
      if (typeof value === 'string') return value;
      const { env } = value;
      const secret = environment[env] ?? '';
      if (secret === '')
        throw new RehearsalError('usage', `${key}: the environment variable ${env} is not set`);
      const { error } = plain.safeParse(secret);
      if (error !== undefined) {
        const why = error.issues.map(({ message }) => message).join('; ');
        throw new RehearsalError('usage', `${key}: the environment variable ${env}: ${why}`);
      }
      secrets.push(secret);
      return secret;
    },
    redact(text) {
      // Longer ones first, since one may be part of another.
      const ordered = secrets.toSorted((a, b) => b.length - a.length);
      return ordered.reduce((masked, secret) => masked.replaceAll(secret, mask), text);
    },
  };
}
