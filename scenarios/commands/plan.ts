import { Command } from 'commander';

import { chooseBehaviour } from '../../mock-agent/cases.ts';
import { planSha256, planStream, type StreamPlan } from '../../mock-agent/plan.ts';
import { defaultKey } from '../../mock-agent/request.ts';
import { countChars } from '../../mock-agent/tokens.ts';
import { findScenario } from '../find-scenario.ts';
import { nthOption, seedOption } from './options.ts';

interface PlanFlags {
  prompt?: string;
  model?: string;
  key?: string;
  seed?: number;
  nth: number;
  json?: boolean;
}

export function planCommand(): Command {
  return new Command('plan')
    .description('Print what a stream will be, before it is.')
    .argument('<scenario>', 'a scenario file, or a name of the catalogue')
    .option('--prompt <text>', "the request's prompt (default: that of the scenario's load)")
    .option('--model <name>', "the request's model (default: that of the scenario's load)")
    .option(
      '--key <text>',
      'the request key (default: that of the nth request for this prompt and model)',
    )
    .addOption(nthOption())
    .addOption(seedOption())
    .option('--json', 'as JSON, for programs')
    .action(async (reference: string, flags: PlanFlags) => {
      const scenario = await findScenario(reference);
      const { nth } = flags;
      const { prompt = scenario.load.request.prompt, model = scenario.load.request.model } = flags;
      const plan = planStream(
        chooseBehaviour(scenario, { prompt, model, nth }),
        flags.seed ?? scenario.seed,
        {
          scenario: scenario.name,
          key: flags.key ?? defaultKey(prompt, model, nth),
          prompt,
          model,
        },
      );
      process.stdout.write(flags.json ? `${JSON.stringify(plan, null, 2)}\n` : describe(plan));
    });
}

function describe(plan: StreamPlan): string {
  const { scenario, seed, key, prompt, model, faults, acceptAtMs, chunks, text, end } = plan;
  const { kind, atMs, ...particulars } = end;
  const timeWidth = String(atMs).length;
  return [
    `scenario  ${scenario}`,
    `seed      ${seed}`,
    `key       ${key}`,
    `prompt    ${JSON.stringify(prompt)}`,
    `model     ${model}`,
    `speed     ${plan.speed}`,
    `faults    ${faults.length === 0 ? 'none' : faults.join(', ')}`,
    `text      ${countChars(text)} characters in ${chunks.length} chunks`,
    `accepted  ${acceptAtMs === null ? 'never' : `at ${acceptAtMs} ms`}`,
    `end       ${[kind, ...Object.values(particulars)].join(' ')} at ${atMs} ms`,
    `sha256    ${planSha256(plan)}`,
    '',
    ...chunks.map(({ atMs, delta, isFinal, error }) =>
      [
        `${String(atMs).padStart(timeWidth)} ms  ${JSON.stringify(delta)}`,
        isFinal ? '  final' : '',
        error === undefined ? '' : `  error: ${error}`,
      ].join(''),
    ),
    '',
  ].join('\n');
}
