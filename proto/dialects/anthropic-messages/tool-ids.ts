/**
 * Ids of tool calls as the provider writes them. An agent's `call_x` is `toolu_x` here; an id that the agent
 * itself begins like the provider gets the prefix once more, so that every id comes back as it was.
 */
const ofAgent = 'call_';
const ofProvider = 'toolu_';

/** Returns an agent's id as the provider would write it. */
export function writeToolId(id: string): string {
  if (id.startsWith(ofAgent)) return ofProvider + id.slice(ofAgent.length);
  return id.startsWith(ofProvider) ? ofProvider + id : id;
}

/** Returns the agent's id for one that `writeToolId` wrote. */
export function readToolId(id: string): string {
  if (!id.startsWith(ofProvider)) return id;
  const rest = id.slice(ofProvider.length);
  return rest.startsWith(ofProvider) ? rest : ofAgent + rest;
}
