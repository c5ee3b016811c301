// Original file: proto/ai_agent.proto

import type { ToolCallFragment as _ai_agent_v1_ToolCallFragment, ToolCallFragment__Output as _ai_agent_v1_ToolCallFragment__Output } from '../../../ai/agent/v1/ToolCallFragment.ts';
import type { Usage as _ai_agent_v1_Usage, Usage__Output as _ai_agent_v1_Usage__Output } from '../../../ai/agent/v1/Usage.ts';

export interface StreamChunk {
  'delta'?: (string);
  'isFinal'?: (boolean);
  'error'?: (string);
  'reasoning'?: (string);
  'toolCalls'?: (_ai_agent_v1_ToolCallFragment)[];
  'finishReason'?: (string);
  'usage'?: (_ai_agent_v1_Usage | null);
}

export interface StreamChunk__Output {
  'delta': (string);
  'isFinal': (boolean);
  'error': (string);
  'reasoning': (string);
  'toolCalls': (_ai_agent_v1_ToolCallFragment__Output)[];
  'finishReason': (string);
  'usage': (_ai_agent_v1_Usage__Output | null);
}
