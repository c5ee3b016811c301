// Original file: proto/ai_agent.proto

import type { Message as _ai_agent_v1_Message, Message__Output as _ai_agent_v1_Message__Output } from '../../../ai/agent/v1/Message.ts';
import type { Tool as _ai_agent_v1_Tool, Tool__Output as _ai_agent_v1_Tool__Output } from '../../../ai/agent/v1/Tool.ts';

export interface GenerateRequest {
  'prompt'?: (string);
  'model'?: (string);
  'messages'?: (_ai_agent_v1_Message)[];
  'tools'?: (_ai_agent_v1_Tool)[];
}

export interface GenerateRequest__Output {
  'prompt': (string);
  'model': (string);
  'messages': (_ai_agent_v1_Message__Output)[];
  'tools': (_ai_agent_v1_Tool__Output)[];
}
