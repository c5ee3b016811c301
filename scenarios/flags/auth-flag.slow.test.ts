import { expect, test } from 'vitest';

import { startCommand, startServer } from '../e2e/support/command.ts';

const withTokens = (tokens: string) => ({
  env: { ...process.env, REHEARSAL_TOKENS: tokens },
});

test.each([
  [[], ' , ', 'REHEARSAL_TOKENS: lists no token; set it, or choose --auth off'],
  [['--auth', 'listed'], '', 'REHEARSAL_TOKENS: lists no token; set it, or choose --auth off'],
  [
    [],
    'good,hunter§2',
    'REHEARSAL_TOKENS: token 2 has a character that a bearer token cannot have',
  ],
  [['--auth', 'some'], '', '--auth: "some" is invalid. Allowed choices are off, any, listed.'],
])('serve and gateway refuse %j with the tokens "%s"', async (flags, tokens, reason) => {
  for (const command of ['serve', 'gateway']) {
    const { code, stdout, stderr } = await startCommand(
      [command, '--port', '0', ...flags],
      withTokens(tokens),
    ).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain('hunter');
  }
});

test.each([
  [[], 'a,b\nc', [401, 401, 200]],
  [['--auth', 'any'], 'a', [401, 200, 200]],
  [['--auth', 'off'], 'a', [200, 200, 200]],
])(
  'serve with %j and the tokens %j answers requests without, with any and with a listed token by %j',
  async (flags, tokens, statuses) => {
    const { endpoint, ...serve } = await startServer('serve', flags, withTokens(tokens));
    const responses = await Promise.all(
      ['', '&token=x', '&token=c'].map((token) => fetch(`${endpoint}?prompt=a${token}`)),
    );
    expect(responses.map(({ status }) => status)).toEqual(statuses);
    serve.kill('SIGTERM');
    await Promise.all(responses.map((response) => response.text()));
    const { stdout } = await serve.ended;
    // The printed command has a placeholder for the token.
    expect(stdout.includes('Bearer <token>')).toBe(statuses[0] === 401);
  },
);
