/** Where the generation interface stands (specification A2, A3). */
export const generatePath = '/api/v1/ai/generate';
