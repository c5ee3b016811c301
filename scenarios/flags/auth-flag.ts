import { RehearsalError } from '../console/rehearsal-error.ts';
import { bearerToken } from '../../gateway/bearer-token.ts';
import type { GatewayOptions } from '../../gateway/options.ts';

/** An environment variable rather than a flag, since process lists show flags. */
export const tokensVariable = 'REHEARSAL_TOKENS';

export type AuthFlag = 'off' | 'any' | 'listed';

/**
 * Returns the gateway's `auth` option.
 * @param listed the variable's text: spaces, commas or line ends separate the tokens of the variable.
 * @throws RehearsalError (usage) for `listed` without a token, or with an invalid one
 */
export function readAuth(
  flag: AuthFlag | undefined,
  listed: string | undefined,
): GatewayOptions['auth'] {
  // A variable that is set but empty is a mistake and must not open the gateway to everybody.
  const auth = flag ?? (listed === undefined ? 'off' : 'listed');
  if (auth !== 'listed') return auth;
  const tokens = (listed ?? '').split(/[\s,]+/).filter((token) => token !== '');
  if (tokens.length === 0) {
    throw new RehearsalError(
      'usage',
      `${tokensVariable}: lists no token; set it, or choose --auth off`,
    );
  }
  const invalid = tokens.findIndex((token) => !bearerToken.test(token));
  if (invalid >= 0) {
    throw new RehearsalError(
      'usage',
      `${tokensVariable}: token ${invalid + 1} has a character that a bearer token cannot have; ` +
        'letters, digits and -._~+/ are allowed',
    );
  }
  return tokens;
}
