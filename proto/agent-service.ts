import { fileURLToPath } from 'node:url';

import {
  loadPackageDefinition,
  makeGenericClientConstructor,
  type CallOptions,
  type Client,
  type ClientReadableStream,
  type Metadata,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

import type { GenerateRequest__Output } from './gen/ai/agent/v1/GenerateRequest.ts';
import type { StreamChunk__Output } from './gen/ai/agent/v1/StreamChunk.ts';
import type { ProtoGrpcType } from './gen/ai_agent.ts';
import { finishReasons, type ChatMessage, type ChatTool, type Parts } from './parts.ts';

/** What an agent receives. */
export interface GenerateRequest {
  prompt: string;
  model: string;
  messages: readonly ChatMessage[];
  tools: readonly ChatTool[];
}

/** What a gateway sends. */
interface OutgoingRequest {
  prompt: string;
  model: string;
  messages?: readonly ChatMessage[] | undefined;
  tools?: readonly ChatTool[] | undefined;
}

/** A chunk as it is received. */
export interface StreamChunk {
  delta: string;
  isFinal: boolean;
  error: string;
  /** Undefined for text alone. */
  parts?: Parts | undefined;
}

/** A chunk as it is sent. */
export type OutgoingChunk = Partial<StreamChunk>;

/** The definition of the package; reflection publishes it. */
// The options must match those of `scripts/generate.ts`, which generates the types.
export const agentPackage = loadSync(fileURLToPath(new URL('./ai_agent.proto', import.meta.url)), {
  longs: Number,
  defaults: true,
  oneofs: true,
});

// The documented way to combine proto-loader's run-time definition with its generated types.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const { AIAgentService } = (loadPackageDefinition(agentPackage) as unknown as ProtoGrpcType).ai
  .agent.v1;

const { GenerateTextStream: generated } = AIAgentService.service;

/** The definition that a server implements. */
export const agentServiceDefinition = {
  GenerateTextStream: {
    ...generated,
    requestSerialize: ({ messages = [], tools = [], ...request }: OutgoingRequest) =>
      generated.requestSerialize({
        ...request,
        messages: messages.map((message) => ({ ...message, toolCalls: [...message.toolCalls] })),
        tools: [...tools],
      }),
    requestDeserialize: (bytes: Buffer) => readRequest(generated.requestDeserialize(bytes)),
    responseSerialize: ({ parts, ...chunk }: OutgoingChunk) =>
      generated.responseSerialize({ ...chunk, ...writeParts(parts) }),
    responseDeserialize: (bytes: Buffer) => readMessage(generated.responseDeserialize(bytes)),
  },
};

/** The client's constructor for `ai.agent.v1.AIAgentService` (specification A5). */
// grpc-js knows the methods of a definition at run time only.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
export const AgentServiceClient = makeGenericClientConstructor(
  agentServiceDefinition,
  'AIAgentService',
) as unknown as AgentServiceConstructor;

type AgentServiceConstructor = new (...args: ConstructorParameters<typeof Client>) => Client & {
  generateTextStream(
    request: OutgoingRequest,
    ...options: [metadata?: Metadata | CallOptions, options?: CallOptions]
  ): ClientReadableStream<StreamChunk>;
};

function readRequest({ prompt, model, messages, tools }: GenerateRequest__Output): GenerateRequest {
  return {
    prompt,
    model,
    messages: messages.map(({ role, ...message }) => ({ ...message, role: roleOf(role) })),
    tools,
  };
}

/** A role that this agent does not know counts as a user's. */
function roleOf(role: string): ChatMessage['role'] {
  return role === 'system' || role === 'assistant' || role === 'tool' ? role : 'user';
}

function writeParts({ reasoning, toolCalls, finishReason, usage }: Parts = {}) {
  return {
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(toolCalls === undefined ? {} : { toolCalls: [...toolCalls] }),
    ...(finishReason === undefined ? {} : { finishReason }),
    ...(usage === undefined ? {} : { usage }),
  };
}

function readMessage({ delta, isFinal, error, ...parts }: StreamChunk__Output): StreamChunk {
  return { delta, isFinal, error, parts: readParts(parts) };
}

function readParts({
  reasoning,
  toolCalls,
  finishReason: written,
  usage,
}: Pick<StreamChunk__Output, 'reasoning' | 'toolCalls' | 'finishReason' | 'usage'>):
  | Parts
  | undefined {
  const finishReason = finishReasons.find((reason) => reason === written);
  if (reasoning === '' && toolCalls.length === 0 && finishReason === undefined && usage === null) {
    return undefined;
  }
  return {
    ...(reasoning === '' ? {} : { reasoning }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
    ...(finishReason === undefined ? {} : { finishReason }),
    ...(usage === null ? {} : { usage }),
  };
}

/** The full name of the service, for health and reflection. */
export const agentServiceName = 'ai.agent.v1.AIAgentService';
