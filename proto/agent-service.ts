import { fileURLToPath } from 'node:url';

import { loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

import type { ProtoGrpcType } from './gen/ai_agent.ts';

export type { GenerateRequest__Output as GenerateRequest } from './gen/ai/agent/v1/GenerateRequest.ts';
export type {
  StreamChunk as OutgoingChunk,
  StreamChunk__Output as StreamChunk,
} from './gen/ai/agent/v1/StreamChunk.ts';

/** The whole definition, as reflection tells it. */
// The options have to agree with those that `npm run generate:proto` generates the types with.
export const agentPackage = loadSync(fileURLToPath(new URL('./ai_agent.proto', import.meta.url)), {
  longs: Number,
  defaults: true,
  oneofs: true,
});

// The documented way to join proto-loader's run-time definition with its generated types.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const { AIAgentService } = (loadPackageDefinition(agentPackage) as unknown as ProtoGrpcType).ai
  .agent.v1;

/** The client's constructor for `ai.agent.v1.AIAgentService` (specification A5). */
export const AgentServiceClient = AIAgentService;

/** The definition that a server implements. */
export const agentServiceDefinition = AIAgentService.service;

/** The full name of the service, as health and reflection have it. */
export const agentServiceName = 'ai.agent.v1.AIAgentService';
