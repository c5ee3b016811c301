import { fileURLToPath } from 'node:url';

import { loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

import type { ProtoGrpcType } from './gen/ai_agent.ts';

export type { GenerateRequest__Output as GenerateRequest } from './gen/ai/agent/v1/GenerateRequest.ts';
export type {
  StreamChunk as OutgoingChunk,
  StreamChunk__Output as StreamChunk,
} from './gen/ai/agent/v1/StreamChunk.ts';

/** The definition of the package; reflection publishes it. */
// The options must match those of `npm run generate:proto`, which generates the types.
export const agentPackage = loadSync(fileURLToPath(new URL('./ai_agent.proto', import.meta.url)), {
  longs: Number,
  defaults: true,
  oneofs: true,
});

// The documented way to combine proto-loader's run-time definition with its generated types.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const { AIAgentService } = (loadPackageDefinition(agentPackage) as unknown as ProtoGrpcType).ai
  .agent.v1;

/** The client constructor of `ai.agent.v1.AIAgentService` (A5). */
export const AgentServiceClient = AIAgentService;

/** The service definition for servers. */
export const agentServiceDefinition = AIAgentService.service;

/** The full name of the service, for health and reflection. */
export const agentServiceName = 'ai.agent.v1.AIAgentService';
