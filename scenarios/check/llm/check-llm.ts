import { dialectNamed } from '../../../proto/dialects/index.ts';
import type { DialectName } from '../../../proto/dialects/dialect.ts';
import { userMessage } from '../../../proto/parts.ts';
import type { AgentBelow } from '../agent-below.ts';
import { checkSubject, type CheckOptions, type ClauseResult } from '../check-subject.ts';
import { model, type Gateway } from '../client-above.ts';
import { runProbe } from '../run-probe.ts';
import { llmClauses } from './llm-clauses.ts';
import type { listLlmProbes } from './llm-probes.ts';

interface LlmCheck extends CheckOptions {
  gateway: Gateway;
  agent: AgentBelow;
  dialect: DialectName;
  probes: ReturnType<typeof listLlmProbes>;
  /** Whether a provider stands below; otherwise an agent does. */
  hasProvider: boolean;
}

/** The tool of every request. */
const tool = {
  name: 'get_weather',
  description: 'Returns the weather of a city.',
  parameters: JSON.stringify({ type: 'object', properties: { city: { type: 'string' } } }),
};

/** Returns the gateway with the requests of a dialect. */
export function inDialect(
  { url, headers, trust }: Omit<Gateway, 'bodyOf'>,
  name: DialectName,
): Gateway {
  const { dialect } = dialectNamed(name);
  const { keyHeader, requestHeaders = {} } = dialect;
  return {
    url,
    trust,
    headers: {
      ...requestHeaders,
      ...(keyHeader === undefined ? {} : { [keyHeader]: 'check' }),
      ...headers,
    },
    bodyOf: (prompt) =>
      dialect.writeRequest({
        messages: [userMessage(prompt)],
        tools: [tool],
        model,
        id: prompt,
        includesUsage: true,
      }),
  };
}

/**
 * Runs the probes of the chosen clauses against a gateway for clients of a dialect, and judges what was seen.
 * @throws the signal's reason
 */
export function checkLlm({
  gateway,
  agent,
  dialect,
  probes,
  hasProvider,
  ...options
}: LlmCheck): Promise<ClauseResult[]> {
  const { signal } = options;
  return checkSubject(
    {
      clauses: llmClauses(dialectNamed(dialect).dialect, hasProvider),
      probes,
      probe: (name, run) => runProbe(name, probes[name], { gateway, agent, run, signal }),
      latenessOf: (seen) => Math.max(0, ...seen.map(({ ownLatenessMs }) => ownLatenessMs)),
      timed: new Set(['L2', 'L11']),
      dependsOnUs: new Set(),
    },
    options,
  );
}
