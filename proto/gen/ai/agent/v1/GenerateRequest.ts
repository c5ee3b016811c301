// Original file: proto/ai_agent.proto


export interface GenerateRequest {
  'prompt'?: (string);
  'model'?: (string);
}

export interface GenerateRequest__Output {
  'prompt': (string);
  'model': (string);
}
