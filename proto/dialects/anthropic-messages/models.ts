/** When every model was made, as far as clients ask. */
const createdAt = '2023-11-14T22:13:20Z';

export function messagesModel(id: string) {
  return { type: 'model', id, display_name: id, created_at: createdAt };
}

export function messagesModels(ids: readonly string[]) {
  return {
    data: ids.map(messagesModel),
    has_more: false,
    first_id: ids[0] ?? null,
    last_id: ids.at(-1) ?? null,
  };
}

/** Whether the headers are those of a client of this format; the paths of models are shared. */
export function isMessagesClient(headers: Readonly<Record<string, unknown>>): boolean {
  return headers['anthropic-version'] !== undefined;
}
