/** Where the generation interface stands (specification A2, A3). */
export const generatePath = '/api/v1/ai/generate';

/** The interface at a gateway's URL: one that names no path has the specified one. */
export function endpointOf(url: URL): URL {
  return url.pathname === '/' ? new URL(generatePath + url.search, url) : url;
}
