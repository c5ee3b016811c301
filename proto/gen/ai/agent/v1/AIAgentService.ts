// Original file: proto/ai_agent.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GenerateRequest as _ai_agent_v1_GenerateRequest, GenerateRequest__Output as _ai_agent_v1_GenerateRequest__Output } from '../../../ai/agent/v1/GenerateRequest.ts';
import type { StreamChunk as _ai_agent_v1_StreamChunk, StreamChunk__Output as _ai_agent_v1_StreamChunk__Output } from '../../../ai/agent/v1/StreamChunk.ts';

export interface AIAgentServiceClient extends grpc.Client {
  GenerateTextStream(argument: _ai_agent_v1_GenerateRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ai_agent_v1_StreamChunk__Output>;
  GenerateTextStream(argument: _ai_agent_v1_GenerateRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ai_agent_v1_StreamChunk__Output>;
  generateTextStream(argument: _ai_agent_v1_GenerateRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ai_agent_v1_StreamChunk__Output>;
  generateTextStream(argument: _ai_agent_v1_GenerateRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ai_agent_v1_StreamChunk__Output>;
  
}

export interface AIAgentServiceHandlers extends grpc.UntypedServiceImplementation {
  GenerateTextStream: grpc.handleServerStreamingCall<_ai_agent_v1_GenerateRequest__Output, _ai_agent_v1_StreamChunk>;
  
}

export interface AIAgentServiceDefinition extends grpc.ServiceDefinition {
  GenerateTextStream: MethodDefinition<_ai_agent_v1_GenerateRequest, _ai_agent_v1_StreamChunk, _ai_agent_v1_GenerateRequest__Output, _ai_agent_v1_StreamChunk__Output>
}
