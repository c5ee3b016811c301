/** The targets of the specification (E3), in milliseconds. */
const targets = { firstChunk: 500, interval: 100 };

/** Draws planned chunks above and seen ones below, on one axis from the request on. */
export function drawTimeline(svg, { planned, seenMs }) {
  const width = svg.clientWidth;
  const endMs = Math.max(1, ...(planned ?? []), ...seenMs);
  const x = (ms) => 1 + (ms / endMs) * (width - 2);
  const parts = [line('axis', 0, width, 32, 32)];
  for (const ms of planned ?? []) parts.push(line('planned', x(ms), x(ms), 12, 28));
  for (const ms of seenMs) parts.push(line('seen', x(ms), x(ms), 34, 50));
  parts.push(text(0, 'start', '0'), text(width, 'end', seconds(endMs)));
  svg.replaceChildren(...parts);
}

function line(name, x1, x2, y1, y2) {
  return shape('line', { class: name, x1, x2, y1, y2 });
}

function text(x, anchor, words) {
  const label = shape('text', { x, y: 62, 'text-anchor': anchor });
  label.textContent = words;
  return label;
}

function shape(tag, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** First chunk and intervals beside their targets. */
export function figuresOf({ planned, seenMs }) {
  const [firstMs] = seenMs;
  const lastMs = seenMs.at(-1);
  const gaps = seenMs.slice(1).map((ms, index) => ms - seenMs[index]);
  const meanMs = gaps.length === 0 ? undefined : (lastMs - firstMs) / gaps.length;
  return [
    figure('first chunk', firstMs, targets.firstChunk),
    figure('planned', planned?.[0]),
    figure('mean interval', meanMs, targets.interval),
    figure('longest gap', gaps.length === 0 ? undefined : Math.max(...gaps)),
    { name: 'messages', value: String(seenMs.length), missed: false },
  ];
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

function figure(name, ms, targetMs) {
  return {
    name,
    value:
      ms === undefined ? '–' : `${Math.round(ms)} ms${targetMs ? ` (target ${targetMs})` : ''}`,
    missed: targetMs !== undefined && ms >= targetMs,
  };
}
