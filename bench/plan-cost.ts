import { behaviourSchema } from '../mock-agent/plan/behaviour.ts';
import { planStream } from '../mock-agent/plan/plan.ts';

const warmUpPlans = 2000;

const plans = 10_000;

/** Returns the processor time of one plan of the healthy behaviour (500 characters), in microseconds. */
export function planCostUs(): number {
  const behaviour = behaviourSchema.parse({});
  const request = { scenario: 'bench', prompt: '写一段500字的故事', model: 'gpt-4' };
  const makePlans = (count: number) => {
    for (let made = 0; made < count; made += 1) {
      planStream(behaviour, 1, { ...request, key: `k-${made}` });
    }
  };
  makePlans(warmUpPlans);
  const before = process.cpuUsage();
  makePlans(plans);
  return process.cpuUsage(before).user / plans;
}
