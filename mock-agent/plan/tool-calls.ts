import { z } from 'zod';

import { drawInteger, type Draw } from '../../proto/draws.ts';
import { wellFormedText } from '../../proto/notation/well-formed-text.ts';
import type { ChatTool, ToolCall } from '../../proto/parts.ts';
import { fitSchema } from '../text/fit-schema.ts';
import { longestText } from '../text/text.ts';

/** A stream calls at most so many tools. */
export const mostToolCalls = 100;

const argumentsSchema = z.union(
  [
    z.record(z.string(), z.json()),
    /** To the letter, so that arguments can be no JSON. */
    wellFormedText.max(longestText),
  ],
  { error: 'write a map such as {city: Paris}, or a text that is sent to the letter' },
);

/** The tool calls of a stream, in order. They come after its text. */
export const toolCallsSchema = z
  .array(
    z.strictObject({
      /** The first tool of the request where it is left out. */
      name: wellFormedText.min(1).max(200).optional(),
      /** Generated to fit the tool's JSON Schema where they are left out. */
      arguments: argumentsSchema.optional(),
      /** Length of a fragment in characters; by default that of a chunk of text. */
      fragmentChars: z
        .union([z.int().min(1).max(longestText), z.literal('whole')], {
          error: 'write a number of characters, or whole',
        })
        .optional(),
    }),
  )
  .min(1, { error: 'the list is empty: leave out toolCalls, or write one call' })
  .max(mostToolCalls, { error: `a stream calls at most ${mostToolCalls} tools` });

export type ToolCalls = z.output<typeof toolCallsSchema>;

export interface PlannedCall extends ToolCall {
  /** Undefined for the length of a chunk of text. */
  fragmentChars: number | undefined;
}

/**
 * Returns the calls of one stream with ids and arguments.
 *
 * A call without a name is left out where the request has no tools: a model without tools calls none.
 */
export function writeToolCalls(
  calls: ToolCalls,
  tools: readonly ChatTool[],
  draws: (purpose: string) => Draw,
): PlannedCall[] {
  const idDraw = draws('tool-call-ids');
  return calls.flatMap(({ name = tools[0]?.name, fragmentChars, ...call }, index) => {
    if (name === undefined) return [];
    const schema = tools.find((tool) => tool.name === name)?.parameters ?? '';
    return [
      {
        id: drawId(idDraw),
        name,
        arguments:
          call.arguments === undefined
            ? generateArguments(schema, draws(`tool-call-${index}-arguments`))
            : formatArguments(call.arguments),
        fragmentChars: fragmentChars === 'whole' ? longestText : fragmentChars,
      },
    ];
  });
}

/** Returns given arguments as they are sent. */
export function formatArguments(given: z.output<typeof argumentsSchema>): string {
  return typeof given === 'string' ? given : JSON.stringify(given);
}

/** An empty object for a tool without a readable schema of an object: arguments are never anything else. */
function generateArguments(schema: string, draw: Draw): string {
  try {
    const value = fitSchema(JSON.parse(schema), draw);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? JSON.stringify(value).toWellFormed() : '{}';
  } catch {
    return '{}';
  }
}

const idCharacters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function drawId(draw: Draw): string {
  const characters = Array.from({ length: 24 }, () =>
    idCharacters.charAt(drawInteger(draw, 0, idCharacters.length - 1)),
  );
  return `call_${characters.join('')}`;
}
