import type { Command } from 'commander';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { chooseBehaviour } from '../../mock-agent/plan/cases.ts';
import { faultRates } from '../../mock-agent/faults/rates.ts';
import { AgentError } from '../../mock-agent/agent-error.ts';
import type { DialectName } from '../../proto/dialects/dialect.ts';
import { agentRequestOf } from '../expect/agent-request.ts';
import { describePlan } from '../expect/describe-plan.ts';
import { findScenario } from '../file/find-scenario.ts';
import { planContent, planForRequest, showInDialect } from '../expect/plan-for-request.ts';
import { nthOption, seedOption } from '../flags/options.ts';
import { dialectOption } from '../flags/run-options.ts';

interface PlanFlags {
  prompt?: string;
  model?: string;
  key?: string;
  seed?: number;
  nth: number;
  fault?: string;
  dialect?: DialectName;
  json?: boolean;
}

/** The number of other keys from which the rates of faults are computed. */
const ratedStreams = 1000;

export function planCommand(command: Command): Command {
  return command
    .argument('<scenario>', 'a scenario file, or a name of the catalogue')
    .option(
      '--prompt <text>',
      "the prompt of the request (default: the one of the scenario's load)",
    )
    .option('--model <name>', "the model of the request (default: the one of the scenario's load)")
    .option(
      '--key <text>',
      'the request key (default: the key of the nth request for this prompt and model)',
    )
    .option('--fault <fault>', 'one more fault, in the form of the header x-rehearsal-fault')
    .addOption(dialectOption())
    .addOption(nthOption())
    .addOption(seedOption())
    .option('--json', 'print JSON')
    .action(async (reference: string, flags: PlanFlags) => {
      const scenario = await findScenario(reference);
      const { nth } = flags;
      const written = { ...scenario.load.request, ...flags };
      const request = agentRequestOf(written, written.prompt);
      const behaviour = chooseBehaviour(scenario, { ...request, nth });
      const planFor = (key?: string) => {
        try {
          return planForRequest(scenario, written, {
            seed: flags.seed,
            nth,
            fault: flags.fault,
            key,
          });
        } catch (error) {
          throw error instanceof AgentError
            ? new RehearsalError('usage', `--fault: ${error.message}`)
            : error;
        }
      };
      const plan = planFor(flags.key);
      if (flags.json) {
        process.stdout.write(`${JSON.stringify(planContent(plan, written), null, 2)}\n`);
        return;
      }
      const others =
        behaviour.faults.length === 0
          ? []
          : Array.from({ length: ratedStreams }, (_, index) => planFor(`other-${index}`));
      process.stdout.write(
        describePlan(plan, faultRates(behaviour.faults, others), showInDialect(plan, written)),
      );
    });
}
