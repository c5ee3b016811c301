import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Server, ServerCredentials } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';

import { createAgentHealth } from '../../gateway/agent/agent-health.ts';
import { specifiedInterface } from '../../gateway/agent/agent-interface.ts';
import { readAgentAddress } from './agent-address.ts';

test.each([
  ['http://localhost:50051', 'has a scheme that gRPC does not dial; write localhost:50051'],
  ['https://agent.example/', 'write agent.example:50051, and --agent-tls for TLS'],
  ['grpc://127.0.0.1:9000/x', 'has a scheme that gRPC does not dial; write 127.0.0.1:9000'],
  ['localhost', 'has no port; write localhost:50051'],
  ['dns:///agent.example', 'has no port; write agent.example:50051'],
  ['dns:agent.example', 'has no port; write agent.example:50051'],
  ['', 'is not an address of an agent; write host:port'],
  ['localhost:', 'is not an address of an agent; write host:port'],
  ['localhost:0', 'is not an address of an agent'],
  ['localhost:70000', 'is not an address of an agent'],
  ['localhost:50051/api', 'is not an address of an agent'],
  ['::1:50051', 'is not an address of an agent'],
  ['ipv4:127.0.0.1:50051,127.0.0.2', 'is not an address of an agent'],
  ['unix:', 'is not an address of an agent'],
  [`unix:/${'a'.repeat(107)}`, 'is longer than 107 bytes'],
  [`unix:///${'a'.repeat(107)}`, 'is longer than 107 bytes'],
  [`unix:${'é'.repeat(54)}`, 'is longer than 107 bytes'],
])('--agent %s is refused with what to write', (text, problem) => {
  expect(() => readAgentAddress(text)).toThrow(problem);
});

test('a password in an address is not repeated', () => {
  expect(() => readAgentAddress('http://me:secret@localhost:1')).toThrow(/^(?!.*secret)/);
});

/** Starts an agent that answers UNIMPLEMENTED, which is enough to be ready. */
async function bind(address: string): Promise<number> {
  const server = new Server();
  onTestFinished(() => server.forceShutdown());
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

/** Returns what asks an agent at an address; on a busy machine its first answer may be late. */
function askAt(address: string) {
  const health = createAgentHealth(readAgentAddress(address), specifiedInterface.path);
  onTestFinished(() => health.close());
  return () => health.check();
}

test.each([
  'PORT',
  'localhost:PORT',
  'dns:localhost:PORT',
  'dns:///localhost:PORT',
  'ipv4:127.0.0.1:PORT',
  'ipv4:127.0.0.1:PORT,127.0.0.1:PORT',
])('an agent is reached at %s', async (form) => {
  const port = await bind('127.0.0.1:0');
  const address = form.replace(/^PORT$/, '127.0.0.1:PORT').replaceAll('PORT', `${port}`);
  await expect.poll(askAt(address)).toBeUndefined();
});

test('an agent is reached at a socket of the file system', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-agent-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  // The longest path that the system takes, in bytes of UTF-8.
  const path = `${folder}/é`.padEnd(106, 'a');
  expect(Buffer.byteLength(path)).toBe(107);
  await bind(`unix:${path}`);
  await expect.poll(askAt(`unix:${path}`)).toBeUndefined();
  await expect.poll(askAt(`unix://${path}`)).toBeUndefined();
});
