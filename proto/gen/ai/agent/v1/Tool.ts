// Original file: proto/ai_agent.proto


export interface Tool {
  'name'?: (string);
  'description'?: (string);
  'parameters'?: (string);
}

export interface Tool__Output {
  'name': (string);
  'description': (string);
  'parameters': (string);
}
