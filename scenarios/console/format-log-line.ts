import { z } from 'zod';

const lineSchema = z.looseObject({
  level: z.number(),
  time: z.number(),
  name: z.string(),
  msg: z.string().default(''),
});

/** Worth a word; what is below them is everyday. */
const levelNames: Readonly<Record<number, string>> = { 40: 'warning', 50: 'error' };

/** What a person at a terminal has no use for. */
const untold = new Set(['pid', 'hostname', 'id']);

/**
 * A log line as a person reads it: `12:03:04 gateway stream cause=completed firstChunkMs=213.4`.
 * @param json a line of pino's, as it would go into a file.
 */
export function formatLogLine(json: string): string {
  const { level, time, name, msg, ...fields } = lineSchema.parse(JSON.parse(json));
  const words = [new Date(time).toTimeString().slice(0, 8), name, levelNames[level], msg];
  for (const [field, value] of Object.entries(fields)) {
    if (!untold.has(field) && value !== null) words.push(`${field}=${formatValue(value)}`);
  }
  return `${words.filter((word) => word !== undefined && word !== '').join(' ')}\n`;
}

const errorSchema = z.looseObject({ type: z.string(), message: z.string() });

function formatValue(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:/@+-]+$/.test(value)) return value;
  const error = errorSchema.safeParse(value).data;
  return escape(JSON.stringify(error === undefined ? value : `${error.type}: ${error.message}`));
}

/** JSON leaves some of the characters as they are that a terminal would act upon. */
function escape(text: string): string {
  return text.replaceAll(
    /[\u007F-\u009F]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
