/** The model of every request. */
export const model = 'gpt-4';
