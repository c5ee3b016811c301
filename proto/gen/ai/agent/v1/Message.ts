// Original file: proto/ai_agent.proto

import type { ToolCall as _ai_agent_v1_ToolCall, ToolCall__Output as _ai_agent_v1_ToolCall__Output } from '../../../ai/agent/v1/ToolCall.ts';

export interface Message {
  'role'?: (string);
  'content'?: (string);
  'toolCalls'?: (_ai_agent_v1_ToolCall)[];
  'toolCallId'?: (string);
}

export interface Message__Output {
  'role': (string);
  'content': (string);
  'toolCalls': (_ai_agent_v1_ToolCall__Output)[];
  'toolCallId': (string);
}
