import type { DialectName } from '../../../proto/dialects/dialect.ts';

/** How the page asks for a stream: a transport of the specified interface, or another format. */
export type Format = 'fetch' | 'eventsource' | 'websocket' | DialectName;

/** A generation as the form asks for it, the same for every format. */
export interface GenerationRequest {
  /** Scenario, key, seed, speed and fault. */
  query: URLSearchParams;
  /** Empty where none is needed. */
  token: string;
  body: { prompt: string; model?: string };
}

/** The header that sends a token; none for an empty one. */
export function bearer(token: string): Record<string, string> {
  return token === '' ? {} : { Authorization: `Bearer ${token}` };
}

/** Neither an EventSource nor a WebSocket of a page can send an Authorization header. */
export function withToken(query: URLSearchParams, token: string): URLSearchParams {
  const fields = new URLSearchParams(query);
  if (token !== '') fields.set('token', token);
  return fields;
}

/** Whether a format is that of a provider, which shows reasoning and tool calls beside the text. */
export function isDialect(format: Format): format is DialectName {
  return format !== 'fetch' && format !== 'eventsource' && format !== 'websocket';
}
