import { brotliCompressSync, gzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { sayHello, startBefore } from '../../../gateway/testing/start-before.ts';
import { generatePath } from '../../../proto/interface.ts';
import { dialectForms } from '../support/dialect-forms.ts';

/** How the JSON of a request is read, at the specified interface and in every dialect. */

const forms = [
  {
    name: 'specified',
    path: generatePath,
    expected: 'a JSON object with a prompt',
    body: (prompt: string, fields: object = {}) => JSON.stringify({ prompt, ...fields }),
  },
  ...dialectForms.map((form) => ({ ...form, expected: 'a JSON object' })),
];

test.each(forms)('$name: a key __proto__ is an unknown field', async ({ path, body }) => {
  const { url } = await startBefore(sayHello);
  const own = body('hello', { x_nested: { y: 1 } });
  for (const poisoned of [
    own.replace('{', '{"__proto__":{"stream":false},'),
    own.replace('"y"', String.raw`"\u005f_proto__"`),
  ]) {
    expect(poisoned).not.toBe(own);
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: poisoned,
    });
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('Hello')]);
  }
});

test.each(forms)('$name: a compressed body is read, or refused by name', async (form) => {
  const { url } = await startBefore(sayHello);
  const ask = async (encoding: string, body: Uint8Array<ArrayBuffer>) => {
    const answer = await fetch(url + form.path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Content-Encoding': encoding },
      body,
    });
    return [answer.status, await answer.text()];
  };
  const plain = Buffer.from(form.body('hello'));
  const hello = expect.stringContaining('Hello');
  expect(await ask('gzip', new Uint8Array(gzipSync(plain)))).toEqual([200, hello]);
  expect(await ask('br', new Uint8Array(brotliCompressSync(plain)))).toEqual([200, hello]);
  expect(await ask('zstd', new Uint8Array(plain))).toEqual([
    415,
    expect.stringContaining('header Content-Encoding: must be gzip, deflate or br, or left out'),
  ]);
  expect(await ask('gzip', new Uint8Array(plain))).toEqual([
    400,
    expect.stringContaining('body: cannot be decompressed as the header Content-Encoding says'),
  ]);
});

test.each(forms)(
  '$name: every body that is no object is refused in the same words',
  async (form) => {
    const { url } = await startBefore(sayHello);
    const words = expect.stringContaining(`body: must be ${form.expected}`);
    for (const body of ['"hello"', '[]', '5', 'null', '{"half']) {
      const answer = await fetch(url + form.path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body,
      });
      expect([body, answer.status, await answer.text()]).toEqual([body, 400, words]);
    }
  },
);
