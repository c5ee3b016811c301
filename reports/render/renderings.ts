import { renderBenchmark } from './benchmark.ts';
import { renderHtml } from './html.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { renderSeries } from './series.ts';
import type { Report } from '../report.ts';

/** The files that stand beside a `report.json`: each is made from it alone, at any time. */
export const renderings: Readonly<Record<string, (report: Report) => string>> = {
  'report.html': renderHtml,
  'report.md': renderMarkdown,
  'junit.xml': renderJunit,
  'series.csv': renderSeries,
  'benchmark.json': renderBenchmark,
};
