import { buildReport, type RunFacts } from '../build-report.ts';
import type { Report } from '../report.ts';
import { exampleFacts, exampleSamples } from './example-run.ts';

/** The report of a small run that meets every target it is judged by. */
export function exampleReport(changes: Partial<RunFacts> = {}): Report {
  const samples = exampleSamples({
    slots: 20,
    firstChunkMs: 210,
    intervalMs: 50,
    chunks: 20,
    failing: 0,
  });
  const facts = exampleFacts({ load: { ...exampleFacts().load, streams: 20 }, ...changes });
  return buildReport(facts, samples, (sample) =>
    sample.arrivals.map((_, chunk) => 210 + chunk * 50),
  );
}

/** Text that would break out of markup, a table, a terminal or a sentence, were it not escaped. */
const hostileText =
  '<script>alert("x")</script>\'"><img src=x onerror=alert(1)> | `code` ](http://evil.example) @team #1 \u001B[31m\u0007\u202E';

/** A report in which every text that others write is hostile. */
export function hostileReport(): Report {
  const report = exampleReport({
    toolVersion: hostileText,
    scenario: {
      name: hostileText,
      description: hostileText,
      source: `${hostileText}\n\`\`\`\n${hostileText}`,
    },
    target: { url: hostileText, ours: false, middle: false, insecure: true },
    environment: {
      ...exampleFacts().environment,
      node: hostileText,
      platform: hostileText,
      arch: hostileText,
      cpuModel: hostileText,
    },
  });
  return {
    ...report,
    failures: [{ outcome: 'failed', detail: hostileText, count: 2 }],
    sampleStreams: report.sampleStreams.map((stream) => ({ ...stream, key: hostileText })),
  };
}
