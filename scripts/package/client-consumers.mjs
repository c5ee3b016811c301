// Projects that use `rehearsal-client` without `rehearsal`, as a frontend in production does.
import { clientTypesOf, typesConsumer } from './types-consumer.mjs';

/** A minimal gateway, so that the project installs only the client. */
const server = `
const server = createServer((_, response) => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write('event: message\\ndata: {"delta":"hello ","isFinal":false}\\n\\n');
  response.end('event: message\\ndata: {"delta":"world","isFinal":true}\\n\\n');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = 'http://127.0.0.1:' + server.address().port;
`;

const program = `
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { generate, GenerateError } from 'rehearsal-client';

const require = createRequire(import.meta.url);
const installed = JSON.parse(readFileSync('node_modules/.package-lock.json', 'utf8')).packages;
if (Object.keys(installed).join() !== 'node_modules/rehearsal-client') throw new Error('installs more than the client');
${server}
for (const read of [generate, require('rehearsal-client').generate]) {
  if ((await read(url, { prompt: 'hello' }).text()) !== 'hello world') throw new Error('no text');
}
server.close();
const failure = await generate(url, { prompt: 'hello', retry: 0 }).text().catch((error) => error);
if (!(failure instanceof GenerateError) || failure.kind !== 'cut') throw new Error('no GenerateError');
`;

/** Checked on every Node version. */
export const plainClient = { name: 'a client alone', packages: [], files: { 'use.mjs': program } };

const types = clientTypesOf('rehearsal-client');

const jestUse = `
const { createServer } = require('node:http');
const { generate } = require('rehearsal-client');

test('the client reads a stream', async () => {
  ${server.replaceAll('\n', '\n  ').trim()}
  expect(await generate(url, { prompt: 'hello' }).text()).toBe('hello world');
  server.close();
});
`;

const bundlerUse = `
import { generate } from 'rehearsal-client';

export const read = (url) => generate(url, { prompt: 'hello' }).text();
`;

export const clientConsumers = [
  typesConsumer({ 'client.ts': types, 'client.mts': types, 'client.cts': types }, []),
  {
    name: 'jest, which loads by require',
    packages: ['jest@30'],
    files: { 'use.test.js': jestUse },
    commands: [['npx', 'jest']],
  },
  {
    name: 'esbuild, for a browser',
    packages: ['esbuild@0.28'],
    files: { 'app.js': bundlerUse },
    commands: [['npx', 'esbuild', 'app.js', '--bundle', '--minify', '--outfile=app.min.js']],
  },
];
