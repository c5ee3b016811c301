// Original file: proto/ai_agent.proto


export interface ToolCallFragment {
  'index'?: (number);
  'id'?: (string);
  'name'?: (string);
  'arguments'?: (string);
}

export interface ToolCallFragment__Output {
  'index': (number);
  'id': (string);
  'name': (string);
  'arguments': (string);
}
