import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

import { runCommand } from './support/command.ts';
import { skipsNginx } from './support/peers/nginx.ts';

const main = fileURLToPath(new URL('../../dist/bin/main.js', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-check-llm-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Returns the exit code, and the answers that are not `ok`, by clause. */
async function check(start: string, ...flags: string[]) {
  const url = 'http://127.0.0.1:{port}';
  const { code, stdout } = await runCommand('check', url, '--start', start, '--json', ...flags);
  const { clauses } = z
    .object({ clauses: z.array(z.object({ id: z.string(), answer: z.string() })) })
    .parse(JSON.parse(stdout));
  const others = clauses.filter(({ answer }) => answer !== 'ok');
  return { code, ...Object.fromEntries(others.map(({ id, answer }) => [id, answer])) };
}

/** Writes a script that runs nginx before the provider, with more lines for its location. */
async function writeNginx(name: string, lines: string): Promise<string> {
  const path = join(folder, name);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((part) => `${part}_temp_path ${path}-${part};`)
    .join(' ');
  await writeFile(
    path,
    `cat > ${path}.conf <<END
daemon off; pid ${path}.pid; error_log ${path}.log; events {}
http {
  access_log off; ${temporary}
  server { listen 127.0.0.1:$PORT; location / { proxy_pass $UPSTREAM; ${lines} } }
}
END
exec nginx -c ${path}.conf
`,
  );
  return `exec sh ${path}`;
}

test('our own gateway before an agent keeps every clause of a format', async () => {
  const start = `exec ${process.execPath} ${main} gateway --port $PORT --agent $AGENT`;
  expect(await check(start, '--dialect', 'anthropic-messages', '--agent-port', '0')).toEqual({
    code: 0,
  });
});

const before = ['--upstream-dialect', 'openai-chat', '--upstream-port', '0'];

test.skipIf(skipsNginx)('nginx before a provider keeps every clause', async () => {
  expect(await check(await writeNginx('usual', ''), ...before)).toEqual({ code: 0 });
});

test.skipIf(skipsNginx)(
  'an nginx that buffers is caught by the clause about buffering',
  async () => {
    const start = await writeNginx('buffers', 'proxy_ignore_headers X-Accel-Buffering;');
    expect(await check(start, ...before)).toEqual({ code: 1, L2: 'broken', L10: 'not testable' });
  },
);
