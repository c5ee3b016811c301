/** Returns the JSON Schema of a tool's arguments; that of any object for an empty text. */
export function schemaOf(parameters: string): unknown {
  return parameters === '' ? { type: 'object' } : JSON.parse(parameters);
}
