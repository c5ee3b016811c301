import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadPackageDefinition, Server, ServerCredentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';

import { ContractError } from '../../proto/contract-error.ts';
import { loadAgentInterface } from './agent-interface.ts';
import { post, startGatewayBefore } from '../testing/start-before.ts';

const proto = `
syntax = "proto3";
package acme.chat;
message Turn { string role = 1; string content = 2; }
message Ask { repeated Turn turns = 1; string engine = 2; int32 seed = 3; }
message Part {
  oneof what { string token = 1; string failure = 2; }
  Meta meta = 3;
  message Meta { string finish_reason = 1; }
}
service Chat {
  rpc Complete(Ask) returns (stream Part);
  rpc Once(Ask) returns (Part);
}
message GenerateRequest { string prompt = 1; }
message Chunk { string delta = 1; bool is_final = 2; }
service Plain { rpc Generate(GenerateRequest) returns (stream Chunk); }
service Two {
  rpc First(Ask) returns (stream Part);
  rpc Second(Ask) returns (stream Part);
}
`;

const fields = {
  prompt: 'turns.0.content',
  model: 'engine',
  delta: 'token',
  is_final: 'meta.finish_reason',
  error: 'failure',
};

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-proto-'));
  file = join(folder, 'acme.proto');
  await writeFile(file, proto);
});

afterEach(() => rm(folder, { recursive: true }));

/** An agent of that proto, which has never heard of ours. */
async function startChat(answer: (asked: object) => object[]): Promise<string> {
  const { acme } = loadPackageDefinition(loadSync(file, { keepCase: true, defaults: true }));
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever a test's own proto has
  const { service } = (acme as any).chat.Chat;
  const server = new Server();
  server.addService(service, {
    // oxlint-disable-next-line typescript/no-explicit-any
    Complete(call: any) {
      for (const part of answer(call.request)) call.write(part);
      call.end();
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  onTestFinished(() => server.forceShutdown());
  return `127.0.0.1:${port}`;
}

test('an agent whose proto has other names streams through the gateway', async () => {
  const asked: object[] = [];
  const address = await startChat((request) => {
    asked.push(request);
    return [{ token: 'Hel' }, { token: 'lo' }, { meta: { finish_reason: 'stop' } }, { token: '!' }];
  });
  const { endpoint } = await startGatewayBefore(address, {
    agentProto: { file, service: 'acme.chat.Chat', fields },
  });
  const body = await (await post(endpoint, { prompt: 'hi', model: 'large' })).text();
  expect([...body.matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta).join('')).toBe('Hello');
  expect(body).toMatch(/"isFinal":true\}\n\n$/);
  expect(asked).toEqual([{ turns: [{ role: '', content: 'hi' }], engine: 'large', seed: 0 }]);
});

test('its error field becomes an error event', async () => {
  const address = await startChat(() => [{ token: 'Hel' }, { failure: 'out of tokens' }]);
  const { endpoint } = await startGatewayBefore(address, {
    agentProto: { file, service: 'acme.chat.Chat', fields },
  });
  const body = await (await post(endpoint, { prompt: 'hi' })).text();
  expect(body).toContain('{"delta":"Hel","isFinal":false}');
  expect(body).toContain('"code":"GENERATION_ERROR","details":"out of tokens"');
});

test('fields of the specified names need no mapping, and model and error are optional', () => {
  const { path, serialize, deserialize } = loadAgentInterface({
    file,
    service: 'acme.chat.Plain',
    fields: {},
  });
  expect(path).toBe('/acme.chat.Plain/Generate');
  expect(serialize({ prompt: 'hi', model: 'm' })).toEqual(Buffer.from([10, 2, 104, 105]));
  expect(deserialize(Buffer.from([10, 1, 97, 16, 1]))).toEqual({
    delta: 'a',
    isFinal: true,
    error: '',
  });
});

test.each<[string, string, object, string]>([
  [
    'no such service',
    'acme.chat.Nope',
    {},
    'has no service acme.chat.Nope; it has acme.chat.Chat, acme.chat.Plain, acme.chat.Two',
  ],
  [
    'no such method',
    'acme.chat.Chat/Once',
    fields,
    'acme.chat.Chat has no method Once that takes one request and streams its answer; there is Complete',
  ],
  [
    'several methods',
    'acme.chat.Two',
    fields,
    'acme.chat.Two has several methods; name one: acme.chat.Two/First (of First, Second)',
  ],
  [
    'no field for the prompt',
    'acme.chat.Chat',
    {},
    'acme.chat.Chat: prompt cannot be prompt: its request has no such field for a text; name one in --fields, such as prompt=input.text',
  ],
  [
    'an unknown field',
    'acme.chat.Chat',
    { ...fields, error: 'oops' },
    'error cannot be oops: its answer has no such field',
  ],
  [
    'a field of another type',
    'acme.chat.Chat',
    { ...fields, model: 'seed' },
    'model cannot be seed: its request has no such field for a text',
  ],
])('%s is rejected with the reason', (_, service, mapped, message) => {
  const load = () => loadAgentInterface({ file, service, fields: mapped });
  expect(load).toThrow(ContractError);
  expect(load).toThrow(message);
});

test('a file that is missing or not a proto is rejected', async () => {
  const service = 'acme.chat.Chat';
  const missing = join(folder, 'nope.proto');
  expect(() => loadAgentInterface({ file: missing, service, fields })).toThrow(
    `${missing} cannot be read`,
  );
  await writeFile(file, 'this is no proto');
  expect(() => loadAgentInterface({ file, service, fields })).toThrow(`${file} cannot be read`);
});

test('imports are resolved in the named folders, and the error for a missing one says how to name them', async () => {
  const root = join(folder, 'protos');
  await mkdir(join(root, 'acme', 'common'), { recursive: true });
  await writeFile(
    join(root, 'acme', 'common', 'part.proto'),
    'syntax = "proto3"; package acme; message Part { string delta = 1; }',
  );
  const nested = join(root, 'acme', 'chat.proto');
  await writeFile(
    nested,
    `syntax = "proto3"; package acme; import "acme/common/part.proto";
     message Ask { string prompt = 1; }
     service Chat { rpc Complete(Ask) returns (stream Part); }`,
  );
  const asked = { file: nested, service: 'acme.Chat' };
  const load = (includeDirs: string[]) => () => loadAgentInterface({ ...asked, includeDirs });
  const warnings: Error[] = [];
  const keep = (warning: Error) => void warnings.push(warning);
  process.on('warning', keep);
  expect(load([root])().path).toBe('/acme.Chat/Complete');
  expect(load([folder, root])().path).toBe('/acme.Chat/Complete');
  expect(load([])).toThrow(
    'an import was not found as ' +
      `${join(root, 'acme', 'acme', 'common', 'part.proto')}; name the folder in which imports start with --proto-path`,
  );
  expect(load([join(folder, 'none')])).toThrow(
    `--proto-path: there is no folder ${join(folder, 'none')}`,
  );
  expect(load([folder])).toThrow('an import was not found as');
  // Node tells of a warning a turn later.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', keep);
  expect(warnings).toEqual([]);
});
