import { agentServiceName } from '../../../proto/agent-service.ts';
import { exchange } from '../client-above.ts';
import type { ProbeFacts } from '../probe.ts';
import type { CallOptions } from './bare-client.ts';
import { probeCancel, probeDeadline, probeUnread } from './frame-probes.ts';
import { growingPrompts, languagePrompts, storyPrompt } from './prompts.ts';
import { unknownFields } from './request-bytes.ts';
import type { AgentSetting, ProbeSight } from './setting.ts';

export interface AgentProbe extends ProbeFacts {
  run(setting: AgentSetting): Promise<ProbeSight>;
}

const callsAtOnce = 50;

/** Returns a probe's run that makes calls at the same time. */
const calling =
  (...requests: readonly Omit<CallOptions, 'limitMs' | 'signal'>[]): AgentProbe['run'] =>
  async ({ client, limitMs, signal }) => ({
    calls: await Promise.all(
      requests.map((request) => client.call({ ...request, limitMs, signal })),
    ),
  });

/** Every probe of an agent by name, in the order in which they start. */
export const agentProbes = {
  story: {
    does: 'a call with a prompt and the model gpt-4',
    run: calling({ prompt: storyPrompt }),
  },
  'growing-prompts': {
    does: 'five calls whose prompts differ by one character in length',
    run: calling(...growingPrompts.map((prompt) => ({ prompt }))),
  },
  languages: {
    does: "the benchmark's prompt, and prompts in Arabic, Hindi, Russian and with emoji",
    run: calling(...languagePrompts.map((prompt) => ({ prompt }))),
  },
  'no-model': {
    does: 'a call without a model',
    run: calling({ prompt: storyPrompt, model: '' }),
  },
  'unknown-fields': {
    does: 'a call with two unknown fields and unknown metadata',
    run: calling({
      prompt: storyPrompt,
      furtherBytes: unknownFields,
      metadata: { 'x-unknown': 'yes' },
    }),
  },
  failing: {
    does: 'a call with the prompt of --failing-prompt',
    run: ({ failingPrompt, ...setting }) =>
      failingPrompt === undefined
        ? Promise.resolve({})
        : calling({ prompt: failingPrompt })(setting),
  },
  health: {
    does: 'grpc.health.v1.Health/Check for the server and for the service',
    run: async ({ client }) => ({
      health: {
        '': await client.health(''),
        [agentServiceName]: await client.health(agentServiceName),
      },
    }),
  },
  gateway: {
    does: 'a prompt by two calls, and by a POST to our gateway before the agent',
    async run({ client, gateway, limitMs, signal }) {
      const prompt = storyPrompt;
      const call = () => client.call({ prompt, limitMs, signal });
      const response = await exchange(gateway, {
        request: { via: 'post' },
        act: { act: 'read' },
        prompt,
        limitMs,
        signal,
      });
      return { calls: [await call(), await call()], responses: [response] };
    },
  },
  cancel: {
    does: 'twelve calls that are cancelled after the first text, then a call on the same connection',
    run: probeCancel,
    runs: 'alone',
  },
  deadline: {
    does: 'a call whose deadline is a third of its usual time, 500 ms at most, then another call',
    run: probeDeadline,
    runs: 'alone',
  },
  unread: {
    does: 'a call that is not read for 1.5 s, with a window of 64 bytes; a call beside it',
    run: probeUnread,
    runs: 'alone',
  },
  'at-once': {
    does: 'fifty calls at once on one connection',
    run: calling(...Array.from({ length: callsAtOnce }, () => ({ prompt: storyPrompt }))),
    runs: 'alone',
  },
} satisfies Record<string, AgentProbe>;

export type AgentProbeName = keyof typeof agentProbes;
