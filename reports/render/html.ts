import { htmlTimes } from './html/times.ts';
import { htmlLateness } from './html/lateness.ts';
import { htmlOutcomes } from './html/outcomes.ts';
import { htmlOverTime } from './html/over-time.ts';
import { htmlRun, htmlShards, htmlVerdict } from './html/run.ts';
import { htmlSampleStreams } from './html/sample-streams.ts';
import { htmlStyle } from './html/style.ts';
import { contents, renderSection } from './html/parts.ts';
import { htmlTargets } from './html/targets.ts';
import { markup } from '../markup.ts';
import type { Report } from '../report.ts';

/** Allows no script and no other origin, so that injected markup could neither run nor send anything. */
const contentSecurityPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/**
 * Renders `report.html`: one file that opens anywhere, offline, and prints.
 *
 * Charts are SVG drawn here, so the page holds no script. Whatever scenarios, servers and machines
 * wrote is escaped by {@link markup}.
 */
export function renderHtml(report: Report): string {
  const { scenario, judgement } = report;
  const sections = [
    htmlTargets(report),
    htmlOutcomes(report),
    htmlTimes(report),
    htmlOverTime(report),
    htmlSampleStreams(report),
    htmlLateness(report),
    htmlShards(report),
    ...htmlRun(report),
  ].filter((one) => one !== null);
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${judgement.verdict}: ${scenario.name} – Rehearsal</title>
<style>${htmlStyle}</style>
</head>
<body>
${htmlVerdict(report)}
${contents(sections)}
<main>
${sections.map(renderSection)}
</main>
</body>
</html>
`.markup;
}
