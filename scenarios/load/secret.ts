import { z } from 'zod';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { mask } from '../console/mask-urls.ts';

/** A text as it stands, or the name of the environment variable that has it. */
export function secretOr<T extends z.ZodType<string>>(plain: T) {
  const fromEnvironment = z.strictObject({
    env: z
      .string()
      .regex(/^[A-Za-z_]\w*$/, { error: 'must be the name of an environment variable' }),
  });
  return z.union([plain, fromEnvironment], {
    error: 'must be a text, or { env: NAME } for that of an environment variable',
  });
}

type SecretOr = z.output<ReturnType<typeof secretOr>>;

/** Reads secrets, and removes them from texts. */
export interface SecretReader {
  /**
   * @param key of the scenario, to be named where something is wrong
   * @throws RehearsalError (usage) for a variable that is not set, is empty, or holds what `plain` does not allow;
   *   its value is never in the message.
   */
  read(value: SecretOr, key: string, plain: z.ZodType<string>): string;
  /** Masks the secrets of a text: a server may say back what it was sent. */
  redact(text: string): string;
}

/** @param known secrets that come from elsewhere, such as the URL */
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
      // The longer ones first: one may be part of another.
      const ordered = secrets.toSorted((a, b) => b.length - a.length);
      return ordered.reduce((rest, secret) => rest.replaceAll(secret, mask), text);
    },
  };
}
