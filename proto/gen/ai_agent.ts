import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { AIAgentServiceClient as _ai_agent_v1_AIAgentServiceClient, AIAgentServiceDefinition as _ai_agent_v1_AIAgentServiceDefinition } from './ai/agent/v1/AIAgentService.ts';
import type { GenerateRequest as _ai_agent_v1_GenerateRequest, GenerateRequest__Output as _ai_agent_v1_GenerateRequest__Output } from './ai/agent/v1/GenerateRequest.ts';
import type { Message as _ai_agent_v1_Message, Message__Output as _ai_agent_v1_Message__Output } from './ai/agent/v1/Message.ts';
import type { StreamChunk as _ai_agent_v1_StreamChunk, StreamChunk__Output as _ai_agent_v1_StreamChunk__Output } from './ai/agent/v1/StreamChunk.ts';
import type { Tool as _ai_agent_v1_Tool, Tool__Output as _ai_agent_v1_Tool__Output } from './ai/agent/v1/Tool.ts';
import type { ToolCall as _ai_agent_v1_ToolCall, ToolCall__Output as _ai_agent_v1_ToolCall__Output } from './ai/agent/v1/ToolCall.ts';
import type { ToolCallFragment as _ai_agent_v1_ToolCallFragment, ToolCallFragment__Output as _ai_agent_v1_ToolCallFragment__Output } from './ai/agent/v1/ToolCallFragment.ts';
import type { Usage as _ai_agent_v1_Usage, Usage__Output as _ai_agent_v1_Usage__Output } from './ai/agent/v1/Usage.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  ai: {
    agent: {
      v1: {
        AIAgentService: SubtypeConstructor<typeof grpc.Client, _ai_agent_v1_AIAgentServiceClient> & { service: _ai_agent_v1_AIAgentServiceDefinition }
        GenerateRequest: MessageTypeDefinition<_ai_agent_v1_GenerateRequest, _ai_agent_v1_GenerateRequest__Output>
        Message: MessageTypeDefinition<_ai_agent_v1_Message, _ai_agent_v1_Message__Output>
        StreamChunk: MessageTypeDefinition<_ai_agent_v1_StreamChunk, _ai_agent_v1_StreamChunk__Output>
        Tool: MessageTypeDefinition<_ai_agent_v1_Tool, _ai_agent_v1_Tool__Output>
        ToolCall: MessageTypeDefinition<_ai_agent_v1_ToolCall, _ai_agent_v1_ToolCall__Output>
        ToolCallFragment: MessageTypeDefinition<_ai_agent_v1_ToolCallFragment, _ai_agent_v1_ToolCallFragment__Output>
        Usage: MessageTypeDefinition<_ai_agent_v1_Usage, _ai_agent_v1_Usage__Output>
      }
    }
  }
}

