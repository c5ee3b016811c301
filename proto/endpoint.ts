import { generatePath } from './generate-path.ts';

/** The interface at a gateway's URL: one that names no path has the specified one. */
export function endpointOf(url: URL): URL {
  return url.pathname === '/' ? new URL(generatePath + url.search, url) : url;
}
