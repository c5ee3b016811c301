import { z } from 'zod';

const lineSchema = z.looseObject({
  level: z.number(),
  time: z.number(),
  name: z.string(),
  msg: z.string().default(''),
});

/** Levels that a line names; lower ones are ordinary. */
const levelNames: Readonly<Record<number, string>> = { 40: 'warning', 50: 'error' };

/** Fields left out at a terminal. */
const hiddenFields = new Set(['pid', 'hostname', 'id']);

/**
 * Formats a log line for a terminal: `12:03:04 gateway stream cause=completed firstChunkMs=213.4`.
 * @param json one line of pino's output
 */
export function formatLogLine(json: string): string {
  const { level, time, name, msg, ...fields } = lineSchema.parse(JSON.parse(json));
  const words = [new Date(time).toTimeString().slice(0, 8), name, levelNames[level], msg];
  for (const [field, value] of Object.entries(fields)) {
    if (!hiddenFields.has(field) && value !== null) words.push(`${field}=${formatValue(value)}`);
  }
  return `${words.filter((word) => word !== undefined && word !== '').join(' ')}\n`;
}

const errorSchema = z.looseObject({ type: z.string(), message: z.string() });

function formatValue(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:/@+-]+$/.test(value)) return value;
  const error = errorSchema.safeParse(value).data;
  return escape(JSON.stringify(error === undefined ? value : `${error.type}: ${error.message}`));
}

/** Escapes the control characters that JSON leaves as they are (U+007F to U+009F). */
function escape(text: string): string {
  return text.replaceAll(
    /[\u007F-\u009F]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
