/** When every model was made, as far as clients ask. */
const createdSec = 1_700_000_000;

export function chatModel(id: string) {
  return { id, object: 'model', created: createdSec, owned_by: 'rehearsal' };
}

export function chatModels(ids: readonly string[]) {
  return { object: 'list', data: ids.map(chatModel) };
}
