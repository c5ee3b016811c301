/** The path of the generation interface (A2, A3). */
export const generatePath = '/api/v1/ai/generate';

/**
 * Returns the URL of the interface; a gateway's URL without a path gets the one of the format, and a base URL
 * that ends in `/v1` the rest of one that begins so.
 */
export function endpointOf(url: URL, path: string = generatePath): URL {
  const base = url.pathname.replace(/\/$/, '');
  if (base === '') return new URL(path + url.search, url);
  const isBase = base.endsWith('/v1') && path.startsWith('/v1/');
  return isBase ? new URL(base + path.slice('/v1'.length) + url.search, url) : url;
}

/** The model name by which a client that can set no header chooses a scenario. */
export function modelOfScenario(name: string): string {
  return `rehearsal/${name}`;
}
