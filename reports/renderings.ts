import { renderBenchmark } from './render-benchmark.ts';
import { renderHtml } from './render-html.ts';
import { renderJunit } from './render-junit.ts';
import { renderMarkdown } from './render-markdown.ts';
import { renderSeries } from './render-series.ts';
import type { Report } from './report.ts';

/** The files that stand beside a `report.json`: each is made from it alone, at any time. */
export const renderings: Readonly<Record<string, (report: Report) => string>> = {
  'report.html': renderHtml,
  'report.md': renderMarkdown,
  'junit.xml': renderJunit,
  'series.csv': renderSeries,
  'benchmark.json': renderBenchmark,
};
