/** Returns an element of the page. @throws Error where it is missing or of another type */
function find<E extends Element>(id: string, type: new () => E): E {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`the page has no ${type.name} with the id ${id}`);
}

/** Every element of the page that the scripts use. */
export const page = {
  form: find('request', HTMLFormElement),
  failures: find('failures', HTMLElement),
  faultDetails: find('fault-details', HTMLElement),
  fault: find('fault', HTMLSelectElement),
  settings: find('settings', HTMLElement),
  description: find('description', HTMLElement),
  start: find('start', HTMLButtonElement),
  holding: find('holding', HTMLElement),
  hold: find('hold', HTMLButtonElement),
  step: find('step', HTMLButtonElement),
  requestFold: find('request-fold', HTMLDetailsElement),
  requestSummary: find('request-summary', HTMLElement),
  prompt: find('prompt', HTMLTextAreaElement),
  scenario: find('scenario', HTMLSelectElement),
  format: find('format', HTMLSelectElement),
  speed: find('speed', HTMLSelectElement),
  model: find('model', HTMLInputElement),
  key: find('key', HTMLInputElement),
  seed: find('seed', HTMLInputElement),
  token: find('token', HTMLInputElement),
  status: find('status', HTMLElement),
  clock: find('clock', HTMLElement),
  pause: find('pause', HTMLElement),
  question: find('question', HTMLElement),
  answer: find('answer', HTMLElement),
  outcome: find('outcome', HTMLElement),
  timeline: find('timeline', SVGElement),
  figures: find('figures', HTMLElement),
  app: find('app', HTMLDetailsElement),
  addresses: find('addresses', HTMLElement),
  arm: find('arm', HTMLButtonElement),
  armed: find('armed', HTMLElement),
  requests: find('requests', HTMLElement),
  snippetKind: find('snippet-kind', HTMLSelectElement),
  snippet: find('snippet', HTMLElement),
  copy: find('copy', HTMLButtonElement),
  raw: find('raw', HTMLElement),
};
