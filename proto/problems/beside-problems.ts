/**
 * Options of a check across the keys of a map or the entries of a list: it runs even where one of
 * them is wrong, so that no problem hides another. A wrong value is still as it was written there.
 */
export const besideProblems = {
  when: ({ value }: { value: unknown }) => typeof value === 'object' && value !== null,
};
