/** Returns the arguments of a call as a value; an empty object for what is no JSON. */
export function parseArguments(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}
