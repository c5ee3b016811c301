/** The path of the generation interface (A2, A3). */
export const generatePath = '/api/v1/ai/generate';

/** Returns the URL of the interface; a gateway's URL without a path gets the specified one. */
export function endpointOf(url: URL): URL {
  return url.pathname === '/' ? new URL(generatePath + url.search, url) : url;
}

/** The model name by which a client that can set no header chooses a scenario. */
export function modelOfScenario(name: string): string {
  return `rehearsal/${name}`;
}
