import { expect, test } from 'vitest';

import { buildReport } from '../build-report.ts';
import { renderHtml } from './html.ts';
import { exampleReport, hostileReport } from '../testing/example-report.ts';
import { exampleFacts, exampleSamples } from '../testing/example-run.ts';
import { makeSample } from '../testing/make-sample.ts';

const countOf = (text: string, part: string) => text.split(part).length - 1;

test('the page is one document that forbids scripts and whatever is elsewhere', () => {
  const page = renderHtml(exampleReport());
  expect(page.startsWith('<!doctype html>\n<html lang="en">')).toBe(true);
  expect(page).toContain(
    'content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;"',
  );
  expect(page).not.toMatch(
    /<script|<link|<img|<iframe|@import|url\(|\ssrc=|\shref="(?!#)|\son[a-z]+=/,
  );
});

test('the verdict is the heading, with its sentence', () => {
  const page = renderHtml(exampleReport());
  expect(page).toContain('<h1>Pass</h1>\n<p class="headline">All 5 judged targets are met.</p>');
  expect(page).toContain('<title>pass: healthy – Rehearsal</title>');
});

test('a gauge shows target, alarm and value; a value beyond its end points out of it', () => {
  const samples = exampleSamples({
    slots: 4,
    firstChunkMs: 9000,
    intervalMs: 50,
    chunks: 3,
    failing: 0,
  });
  const page = renderHtml(buildReport(exampleFacts(), samples));
  expect(page).toContain('>target &#60; 500 ms</text>');
  expect(page).toContain('>alarm &#62; 1 s</text>');
  expect(page).toContain(
    '<svg x="100%" overflow="visible"><path class="pointer" d="M-12 10L0 16L-12 22z"/>',
  );
});

test('what others wrote appears as text and nothing else', () => {
  const page = renderHtml(hostileReport());
  expect(page.replaceAll('\n', '')).not.toMatch(/<script|<img|\p{Cc}|\p{Cf}/u);
  // Name, description and address in the heading; title; name again; source twice; run; failure; streams.
  expect(countOf(page, '&#60;script&#62;alert(&#34;x&#34;)&#60;/script&#62;')).toBeGreaterThan(20);
});

test('a run without any sample is drawn without its charts', () => {
  const page = renderHtml(buildReport(exampleFacts(), []));
  expect(page).toContain('<h1>Invalid</h1>');
  expect(page).toContain('No stream was judged.');
  expect(page).not.toMatch(/class="plot"/);
  expect(page).not.toMatch(/NaN|Infinity|undefined/);
});

test('a run in which every request was turned away has no empty chart, and no gauge without a value', () => {
  const rejected = { outcome: 'rejected', status: 404, detail: 'status 404' } as const;
  const samples = Array.from({ length: 3 }, () => makeSample({ startAtMs: 12_000, ...rejected }));
  const page = renderHtml(buildReport(exampleFacts(), samples));
  const titles = [...page.matchAll(/<figcaption>([^<]*)</g)].map(([, title]) => title);
  expect(titles).toEqual(['Streams started a second', 'Streams failed a second']);
  expect(page).not.toContain('Sample streams');
  expect(page).not.toContain('aria-label="time to first chunk: –');
});

test('the contents name every section and lead to it', () => {
  const page = renderHtml(exampleReport());
  const links = [...page.matchAll(/<li><a href="#([^"]+)">([^<]+)</g)].map(([, id, title]) => {
    return `<section id="${id}">\n<h2>${title}</h2>`;
  });
  expect(links).toHaveLength(countOf(page, '<section '));
  for (const link of links) expect(page).toContain(link);
});

test('streams without text are drawn by how long they lasted', () => {
  const stalled = makeSample({
    startAtMs: 12_000,
    outcome: 'stalled',
    detail: 'no text',
    durationMs: 5000,
  });
  const page = renderHtml(buildReport(exampleFacts(), [stalled]));
  expect(page).toContain('stalled <span>5 s</span>');
  expect(page).not.toMatch(/NaN|Infinity|undefined/);
});

test('a stream is shown with its arrivals, coloured by lateness, and its plan', () => {
  const page = renderHtml(exampleReport());
  expect(countOf(page, 'class="tick planned"')).toBe(12);
  expect(page).toContain('late by more than 10 ms');
});
