import { Option } from 'commander';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { bearerToken } from '../../gateway/bearer-token.ts';
import type { GatewayOptions } from '../../gateway/options.ts';

/** Not a flag: whoever may list processes could read the tokens. */
const variable = 'REHEARSAL_TOKENS';

export type AuthFlag = 'off' | 'any' | 'listed';

export const authOption = () =>
  new Option(
    '--auth <who>',
    `who may ask: anybody, any bearer token, or those listed in ${variable} ` +
      '(default: listed where that is set, else off)',
  ).choices(['off', 'any', 'listed']);

/**
 * What a gateway is told of who may ask; the tokens are parted by spaces, commas or line ends.
 * @throws RehearsalError (usage) where tokens are meant to be listed and are not.
 */
export function readAuth(flag: AuthFlag | undefined): GatewayOptions['auth'] {
  const listed = process.env[variable];
  // A variable that is set and empty is a mistake that must not open the gateway to everybody.
  const auth = flag ?? (listed === undefined ? 'off' : 'listed');
  if (auth !== 'listed') return auth;
  const tokens = (listed ?? '').split(/[\s,]+/).filter((token) => token !== '');
  if (tokens.length === 0) {
    throw new RehearsalError('usage', `${variable}: lists no token; set it, or choose --auth off`);
  }
  const wrong = tokens.findIndex((token) => !bearerToken.test(token));
  if (wrong >= 0) {
    throw new RehearsalError(
      'usage',
      `${variable}: token ${wrong + 1} has a character that a bearer token cannot have; ` +
        'letters, digits and -._~+/ are allowed',
    );
  }
  return tokens;
}
