import { z } from 'zod';

import { UsageError } from '../usage-error.ts';

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

/** Texts of the environment, and which they were. */
export interface SecretReader {
  /**
   * @param key of the scenario, to be named where something is wrong
   * @throws UsageError for a variable that is not set, is empty, or holds what `plain` does not allow;
   *   its value is never in the message.
   */
  read(value: SecretOr, key: string, plain: z.ZodType<string>): string;
  /** A text without the secrets that were read: a server may say back what it was sent. */
  redact(text: string): string;
}

export function createSecretReader(environment: NodeJS.ProcessEnv): SecretReader {
  const secrets: string[] = [];
  return {
    read(value, key, plain) {
      if (typeof value === 'string') return value;
      const { env } = value;
      const secret = environment[env] ?? '';
      if (secret === '') throw new UsageError(`${key}: the environment variable ${env} is not set`);
      const { error } = plain.safeParse(secret);
      if (error !== undefined) {
        const why = error.issues.map(({ message }) => message).join('; ');
        throw new UsageError(`${key}: the environment variable ${env}: ${why}`);
      }
      secrets.push(secret);
      return secret;
    },
    redact: (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text),
  };
}
