// Original file: proto/ai_agent.proto


export interface Usage {
  'inputTokens'?: (number);
  'outputTokens'?: (number);
  'reasoningTokens'?: (number);
  'cachedTokens'?: (number);
}

export interface Usage__Output {
  'inputTokens': (number);
  'outputTokens': (number);
  'reasoningTokens': (number);
  'cachedTokens': (number);
}
