import {
  Metadata,
  Server,
  ServerCredentials,
  type status,
  type ServerWritableStream,
} from '@grpc/grpc-js';

import {
  agentServiceDefinition,
  type GenerateRequest,
  type OutgoingChunk,
} from '../../proto/agent-service.ts';

export type AgentScript = (call: ServerWritableStream<GenerateRequest, OutgoingChunk>) => void;

/** Starts an agent that runs the test's script for each call. */
export async function startScriptedAgent(
  script: AgentScript,
  port = 0,
  {
    host = '127.0.0.1',
    connectionAgeMs,
    credentials = ServerCredentials.createInsecure(),
  }: { host?: string; connectionAgeMs?: number; credentials?: ServerCredentials } = {},
) {
  const server = new Server(
    connectionAgeMs === undefined ? {} : { 'grpc.max_connection_age_ms': connectionAgeMs },
  );
  server.addService(agentServiceDefinition, { generateTextStream: script });
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, credentials, (error, boundPort) =>
      error === null ? resolve(boundPort) : reject(error),
    );
  });
  return { address: `${host}:${bound}`, port: bound, close: () => server.forceShutdown() };
}

/** Ends a call with a status. */
export function endCall(call: Parameters<AgentScript>[0], code: status, details: string): void {
  call.emit('error', { code, details, metadata: new Metadata() });
}
