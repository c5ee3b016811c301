// Original file: proto/ai_agent.proto


export interface StreamChunk {
  'delta'?: (string);
  'isFinal'?: (boolean);
  'error'?: (string);
}

export interface StreamChunk__Output {
  'delta': (string);
  'isFinal': (boolean);
  'error': (string);
}
