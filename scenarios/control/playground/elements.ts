/** Returns an element of the page. @throws Error where it is missing or of another type */
function find<E extends Element>(id: string, type: new () => E): E {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`the page has no ${type.name} with the id ${id}`);
}

/** Every element of the page that the scripts use. */
export const elements = {
  form: find('request', HTMLFormElement),
  prompt: find('prompt', HTMLTextAreaElement),
  scenario: find('scenario', HTMLSelectElement),
  fault: find('fault', HTMLSelectElement),
  transport: find('transport', HTMLSelectElement),
  speed: find('speed', HTMLSelectElement),
  model: find('model', HTMLInputElement),
  key: find('key', HTMLInputElement),
  seed: find('seed', HTMLInputElement),
  token: find('token', HTMLInputElement),
  description: find('description', HTMLElement),
  start: find('start', HTMLButtonElement),
  stop: find('stop', HTMLButtonElement),
  answer: find('answer', HTMLElement),
  outcome: find('outcome', HTMLElement),
  timeline: find('timeline', SVGElement),
  figures: find('figures', HTMLElement),
  snippetKind: find('snippet-kind', HTMLSelectElement),
  snippet: find('snippet', HTMLElement),
  raw: find('raw', HTMLElement),
};
