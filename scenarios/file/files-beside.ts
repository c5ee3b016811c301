import { z } from 'zod';

import { isRehearsalError, type Problem } from '../console/rehearsal-error.ts';
import { behaviourSchema, type Behaviour } from '../../mock-agent/plan/behaviour.ts';
import { givenTextSchema, longestText, type Text } from '../../mock-agent/text/text.ts';
import { parseTrace, type Trace } from '../../mock-agent/plan/trace.ts';
import { pathBeside, readBeside } from './read-beside.ts';
import type { scenarioSchema } from './scenario.ts';

type Content = Pick<z.output<typeof scenarioSchema>, 'behaviour' | 'cases'>;

/** No character has more than four bytes in UTF-8. */
const mostTextBytes = 4 * longestText;

/** Enough for the longest text as JSON in many chunks. */
const mostTraceBytes = 4 * mostTextBytes;

const behavioursSchema = z.object({
  behaviour: z.unknown(),
  cases: z.array(z.object({ behaviour: z.unknown() }).catch({ behaviour: {} })).catch([]),
});

const fileSchema = z.object({ file: z.string().min(1) });

/** Returns the behaviours of an invalid scenario, with nothing but the files that they name. */
export function namedFiles(content: unknown): Content {
  const { behaviour, cases } = behavioursSchema.catch({ behaviour: {}, cases: [] }).parse(content);
  return {
    behaviour: filesOfBehaviour(behaviour),
    cases: cases.map((each) => ({ when: {}, behaviour: filesOfBehaviour(each.behaviour) })),
  };
}

function filesOfBehaviour(behaviour: unknown): Behaviour {
  const { text, trace } = z
    .object({
      text: fileSchema.optional().catch(undefined),
      trace: fileSchema.optional().catch(undefined),
    })
    .catch({})
    .parse(behaviour);
  // A trace beside a text was refused before.
  return { ...behaviourSchema.parse(text === undefined ? {} : { text }), trace };
}

/**
 * Replaces the names of text and trace files by the content of the files, so that the agent plans from
 * values alone.
 *
 * @param file the path of the scenario; the names are relative to its folder
 * @param problemAt makes a problem at a path of the scenario
 * @returns the content, every problem, and the paths of the files
 */
export async function readFilesBeside<C extends Content>(
  file: string,
  content: C,
  problemAt: (path: PropertyKey[], message: string) => Problem,
): Promise<{ content: C; problems: Problem[]; files: string[] }> {
  const problems: Problem[] = [];
  // Each file is read once, however many cases name it.
  const files = new Map<string, string>();
  const traces = new Map<string, Trace>();

  const read = async (
    name: string,
    mostBytes: number,
    path: PropertyKey[],
  ): Promise<{ path: string; text: string } | null> => {
    try {
      const besidePath = pathBeside(file, name);
      const text = files.get(besidePath) ?? (await readBeside(file, name, mostBytes));
      files.set(besidePath, text);
      return { path: besidePath, text };
    } catch (error) {
      if (!isRehearsalError(error, 'file')) throw error;
      problems.push(problemAt(path, `"${name}": ${error.message}`));
      return null;
    }
  };

  const readText = async (text: Text, path: PropertyKey[]): Promise<Text> => {
    if (!('file' in text)) return text;
    const beside = await read(text.file, mostTextBytes, path);
    if (beside === null) return text;
    const { data: given = '', error } = givenTextSchema.safeParse(beside.text);
    for (const { message } of error?.issues ?? []) {
      problems.push(problemAt(path, `"${text.file}": ${message}`));
    }
    return { given };
  };

  const readTrace = async (trace: Trace, path: PropertyKey[]): Promise<Trace> => {
    if (!('file' in trace)) return trace;
    const beside = await read(trace.file, mostTraceBytes, path);
    if (beside === null) return trace;
    const known = traces.get(beside.path);
    if (known !== undefined) return known;
    const { chunks, problems: mistakes } = parseTrace(beside.text);
    for (const { line, message } of mistakes) {
      problems.push({ file: beside.path, line, column: 1, message });
    }
    traces.set(beside.path, { given: chunks });
    return { given: chunks };
  };

  const readFor = async (behaviour: Behaviour, path: PropertyKey[]): Promise<Behaviour> => ({
    ...behaviour,
    text: await readText(behaviour.text, [...path, 'text', 'file']),
    trace: behaviour.trace && (await readTrace(behaviour.trace, [...path, 'trace', 'file'])),
  });

  const behaviour = await readFor(content.behaviour, ['behaviour']);
  const cases: Content['cases'] = [];
  for (const [index, each] of content.cases.entries()) {
    const path = ['cases', index, 'behaviour'];
    cases.push({ ...each, behaviour: await readFor(each.behaviour, path) });
  }
  return { content: { ...content, behaviour, cases }, problems, files: [...files.keys()] };
}
