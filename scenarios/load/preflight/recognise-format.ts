import type { ServerSentEvent } from '../../../client/event-parser.ts';
import type { DialectName } from '../../../proto/dialects/dialect.ts';
import { dialects } from '../../../proto/dialects/index.ts';

/** The format of a stream. */
export type FormatName = DialectName | 'specified';

const titles: Readonly<Record<DialectName, string>> = {
  'openai-chat': 'OpenAI chat format',
  'openai-responses': 'OpenAI Responses format',
  'anthropic-messages': 'Anthropic Messages format',
  'ai-sdk-ui': 'AI SDK UI format',
};

/** Returns a format and the flag that reads it: `OpenAI chat format: --dialect openai-chat`. */
export function describeFormat(format: FormatName): string {
  return format === 'specified'
    ? 'the specified format: leave out --dialect and load.request.dialect'
    : `${titles[format]}: --dialect ${format}`;
}

const messagesTypes: ReadonlySet<string> = new Set([
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
]);

const chatUiTypes = /^(?:start|finish|start-step|finish-step|(?:text|reasoning|tool-input)-\w+)$/;

/** Returns the format of an event; undefined where several formats could have it, or none. */
export function formatOfEvent({ event, data }: ServerSentEvent): FormatName | undefined {
  const value = parseObject(data);
  if (value === undefined) return undefined;
  const { type, error } = value;
  if (typeof value['delta'] === 'string' && typeof value['isFinal'] === 'boolean') {
    return 'specified';
  }
  if (typeof error === 'string' && typeof value['code'] === 'string') return 'specified';
  if (Array.isArray(value['choices'])) return 'openai-chat';
  if (typeof type !== 'string') return isObject(error) ? 'openai-chat' : undefined;
  if (type.startsWith('response.')) return 'openai-responses';
  if (messagesTypes.has(type) || (type === 'ping' && event === 'ping')) return 'anthropic-messages';
  if (chatUiTypes.test(type) || typeof value['errorText'] === 'string') return 'ai-sdk-ui';
  if (type !== 'error') return undefined;
  if (value['sequence_number'] !== undefined) return 'openai-responses';
  if (!isObject(error)) return undefined;
  return 'code' in error ? 'openai-responses' : 'anthropic-messages';
}

/**
 * Returns the format of an answer that is not a stream, by its body, and where that is an error or no JSON, by
 * the path of the request.
 */
export function formatOfAnswer(body: string, path: string): DialectName | undefined {
  const value = parseObject(body) ?? {};
  if (value['object'] === 'chat.completion') return 'openai-chat';
  if (value['object'] === 'response') return 'openai-responses';
  if (value['type'] === 'message') return 'anthropic-messages';
  const byPath = dialects.find(({ paths }) => paths.some((each) => path.endsWith(each)));
  if (byPath !== undefined) return byPath.dialect.name;
  if (!isObject(value['error'])) return undefined;
  return value['type'] === 'error' ? 'anthropic-messages' : 'openai-chat';
}

/** Returns what a body is that is no stream of events: `an HTML page`; undefined for anything else. */
export function kindOfBody(contentType: string | null, body: string): string | undefined {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'text/html' || /^\s*<(?:!doctype html|html)\b/i.test(body)) return 'an HTML page';
  const [first = '', second] = body.trim().split('\n');
  const isLine = parseObject(first) !== undefined;
  if (/ndjson|jsonl|jsonlines/.test(type) || (isLine && second !== undefined)) {
    return 'NDJSON, one object a line';
  }
  return isLine || type === 'application/json' ? 'JSON in one piece' : undefined;
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
