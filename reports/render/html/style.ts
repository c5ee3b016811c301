import { markup } from '../../markup.ts';

/** The style of the report, self-contained. A word or shape accompanies every colour. */
export const htmlStyle = markup`
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --ink: #1d1e20; --quiet: #63666b; --rule: #e2e2de; --shade: #f1f1ed;
  --data: #46658f; --data-soft: #b9c8dd;
  --ok: #23734a; --missed: #9a6300; --alarm: #b3322c; --invalid: #6a4a9c;
  --ok-soft: #bfe0cd; --missed-soft: #f2d9a4; --alarm-soft: #f0bcb6;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #16181b; --ink: #e9e7e2; --quiet: #a0a2a5; --rule: #303337; --shade: #1f2226;
    --data: #8fb0dc; --data-soft: #3b5275;
    --ok: #6cc596; --missed: #e0ad4d; --alarm: #f0857b; --invalid: #bba2e6;
    --ok-soft: #24523a; --missed-soft: #5c451a; --alarm-soft: #6a2f2b;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 1040px; padding: 40px 24px 64px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word;
}
h1, h2, h3, p, ul, dl, dd, figure { margin: 0; padding: 0; }
code, pre { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
small { font-size: inherit; font-weight: 400; color: var(--quiet); }
header { --verdict: var(--ink); border-top: 6px solid var(--verdict); padding-top: 16px; }
header.pass { --verdict: var(--ok); }
header.warn { --verdict: var(--missed); }
header.fail { --verdict: var(--alarm); }
header.invalid { --verdict: var(--invalid); }
.subject { color: var(--quiet); overflow-wrap: anywhere; }
.subject b { color: var(--ink); font-weight: 600; margin-right: 8px; }
h1 { font-size: clamp(56px, 13vw, 104px); line-height: 1.05; letter-spacing: -.035em; font-weight: 700; color: var(--verdict); }
.headline { font-size: clamp(18px, 3vw, 22px); line-height: 1.35; margin-top: 8px; max-width: 40em; }
.reasons { list-style: none; margin-top: 12px; border-left: 3px solid var(--verdict); padding-left: 12px; max-width: 48em; }
.basis, .description { color: var(--quiet); margin-top: 8px; max-width: 48em; }
nav { margin-top: 24px; border-top: 1px solid var(--rule); padding-top: 12px; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 20px; }
nav a { color: var(--data); text-underline-offset: 3px; }
section { margin-top: 56px; scroll-margin-top: 16px; }
h2 { font-size: 20px; font-weight: 650; letter-spacing: -.01em; border-bottom: 1px solid var(--rule); padding-bottom: 8px; margin-bottom: 16px; }
h3 { font-size: 15px; font-weight: 600; margin: 28px 0 8px; }
.note { color: var(--quiet); max-width: 48em; margin-bottom: 8px; }
.targets { list-style: none; }
.target {
  display: grid; grid-template-columns: minmax(0, 14em) 6em minmax(0, 1fr) 6em; gap: 0 20px; align-items: center;
  grid-template-areas: "name value gauge state" ". . reason reason"; padding: 10px 0; border-bottom: 1px solid var(--rule);
}
.target h3 { grid-area: name; margin: 0; }
.target h3::first-letter { text-transform: uppercase; }
.target .value { grid-area: value; font-size: 22px; font-weight: 600; text-align: right; white-space: nowrap; letter-spacing: -.01em; }
.target .gauge { grid-area: gauge; }
.target .gauge svg { display: block; overflow: visible; }
.target .gauge .note { margin: 0; }
.target .state { grid-area: state; font-weight: 600; }
.target .reason { grid-area: reason; color: var(--quiet); }
.target.ok .state { color: var(--ok); } .target.missed .state { color: var(--missed); } .target.alarm .state { color: var(--alarm); }
.target.ok .state::before { content: "✓ "; } .target.missed .state::before { content: "! "; } .target.alarm .state::before { content: "✗ "; }
.target.missed .value { color: var(--missed); } .target.alarm .value { color: var(--alarm); }
.target.not-judged .state, .target.not-judged .value { color: var(--quiet); font-weight: 400; }
.target.not-judged svg { opacity: .45; }
svg { display: block; }
svg text { font-size: 11px; fill: var(--quiet); }
svg .over { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
.zone.ok { fill: var(--ok-soft); } .zone.missed { fill: var(--missed-soft); } .zone.alarm { fill: var(--alarm-soft); }
line { stroke: var(--quiet); }
path.pointer { fill: var(--ink); stroke: var(--paper); stroke-width: 1px; } line.pointer { stroke: var(--ink); stroke-width: 2px; }
line.axis { stroke: var(--quiet); } line.grid { stroke: var(--rule); stroke-dasharray: 1 3; }
.plot line.target { stroke: var(--missed); stroke-dasharray: 5 3; } .plot line.alarm { stroke: var(--alarm); stroke-dasharray: 5 3; }
.plot text.target { fill: var(--missed); } .plot text.alarm { fill: var(--alarm); }
line.judged { stroke: var(--ink); } .plot text.judged { fill: var(--ink); font-weight: 600; }
.plot { overflow: visible; }
.bar { fill: var(--data); } .bar:hover { fill: var(--ink); }
.area { fill: var(--data-soft); } .area.failed { fill: var(--alarm); }
.shade { fill: var(--shade); } .hint { fill: transparent; } .hint:hover { fill: var(--ink); opacity: .12; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 290px), 1fr)); gap: 24px 32px; margin-bottom: 24px; }
figure { min-width: 0; margin-bottom: 16px; }
.charts figure { margin: 0; }
.charts.single { grid-template-columns: minmax(0, 480px); }
figcaption { font-weight: 600; font-size: 13px; margin-bottom: 8px; }
.phases { display: flex; margin-bottom: 12px; font-size: 12px; color: var(--quiet); }
.phases span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; padding: 2px 4px; background: var(--shade); border-left: 1px solid var(--paper); }
.phases .window { background: none; color: var(--ink); font-weight: 600; }
.stream { display: grid; grid-template-columns: 11em minmax(0, 1fr) 9em; gap: 0 16px; align-items: center; padding: 3px 0; }
.stream code { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 12px; }
.outcome { font-size: 13px; white-space: nowrap; } .outcome.bad { color: var(--alarm); font-weight: 600; } .outcome span { color: var(--quiet); font-weight: 400; }
.life { stroke: var(--rule); stroke-width: 2px; }
path.tick { stroke: var(--data); stroke-width: 2px; vector-effect: non-scaling-stroke; fill: none; }
path.late { stroke: var(--missed); } path.very-late { stroke: var(--alarm); stroke-width: 2.5px; } path.planned { stroke: var(--quiet); stroke-width: 1px; }
.legend { font-size: 13px; }
.key { display: inline-block; width: 10px; height: 10px; margin: 0 6px 0 0; vertical-align: -1px; }
.legend .key:not(:first-child) { margin-left: 16px; }
.key.tick { width: 3px; height: 10px; background: var(--data); } .key.late { height: 13px; background: var(--missed); } .key.very-late { height: 16px; background: var(--alarm); }
.key.planned { width: 1px; height: 6px; background: var(--quiet); vertical-align: 2px; }
.good { fill: var(--ok); } .bad { fill: var(--alarm); } .neutral { fill: var(--quiet); }
.key.good { background: var(--ok); } .key.bad { background: var(--alarm); } .key.neutral { background: var(--quiet); }
svg.outcomes { margin-bottom: 16px; }
.check { font-weight: 600; } .check.ok { color: var(--ok); } .check.beyond { color: var(--alarm); } .check.not-measured { color: var(--quiet); font-weight: 400; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { padding: 6px 0 6px 20px; text-align: left; vertical-align: baseline; border-bottom: 1px solid var(--rule); }
th:first-child { padding-left: 0; }
thead th { color: var(--quiet); font-weight: 400; font-size: 13px; }
tbody th { font-weight: 500; min-width: 7em; }
td.words { min-width: 7em; overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 0 32px; }
.facts div { display: grid; grid-template-columns: 8em minmax(0, 1fr); padding: 6px 0; border-bottom: 1px solid var(--rule); }
dt { color: var(--quiet); }
dd { overflow-wrap: anywhere; }
pre { background: var(--shade); padding: 16px; margin: 0; white-space: pre-wrap; max-height: 40em; overflow: auto; }
@media (max-width: 640px) {
  body { padding: 20px 16px 40px; }
  section { margin-top: 40px; }
  .target { grid-template-columns: minmax(0, 1fr) auto; grid-template-areas: "name value" "gauge gauge" "reason state"; gap: 6px 12px; }
  .target .state { justify-self: end; }
  .stream { grid-template-columns: minmax(0, 1fr) auto; padding: 6px 0; }
  .stream .plot { grid-column: 1 / -1; grid-row: 2; }
  table { font-size: 13px; }
  th, td { padding-left: 12px; }
}
@media print {
  :root { color-scheme: light; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { max-width: none; padding: 0; font-size: 11px; }
  section { margin-top: 24px; }
  nav { display: none; }
  figure, .target, .stream, tr, header { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  pre { max-height: none; }
}
`;
