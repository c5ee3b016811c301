/** Where the generation interface stands (specification A2, A3). */
export const generatePath = '/api/v1/ai/generate';

/** What to answer to a request for another path. */
export function noSuchPath(path: string): string {
  return `path: there is no ${path}; this gateway serves ${generatePath} (SSE by POST or GET, and WebSocket), /healthz, /readyz, /metrics and /status`;
}
