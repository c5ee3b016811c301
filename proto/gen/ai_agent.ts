import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { AIAgentServiceClient as _ai_agent_v1_AIAgentServiceClient, AIAgentServiceDefinition as _ai_agent_v1_AIAgentServiceDefinition } from './ai/agent/v1/AIAgentService.ts';
import type { GenerateRequest as _ai_agent_v1_GenerateRequest, GenerateRequest__Output as _ai_agent_v1_GenerateRequest__Output } from './ai/agent/v1/GenerateRequest.ts';
import type { StreamChunk as _ai_agent_v1_StreamChunk, StreamChunk__Output as _ai_agent_v1_StreamChunk__Output } from './ai/agent/v1/StreamChunk.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  ai: {
    agent: {
      v1: {
        AIAgentService: SubtypeConstructor<typeof grpc.Client, _ai_agent_v1_AIAgentServiceClient> & { service: _ai_agent_v1_AIAgentServiceDefinition }
        GenerateRequest: MessageTypeDefinition<_ai_agent_v1_GenerateRequest, _ai_agent_v1_GenerateRequest__Output>
        StreamChunk: MessageTypeDefinition<_ai_agent_v1_StreamChunk, _ai_agent_v1_StreamChunk__Output>
      }
    }
  }
}

