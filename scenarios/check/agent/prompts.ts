/** The prompt of most calls. */
export const storyPrompt = 'Tell a short story about a river that keeps its own hours.';

/** Long, so that an agent that repeats its prompt takes a while too. */
export const longPrompt = [
  'Tell a long story, in at least five hundred words.',
  ...Array.from(
    { length: 6 },
    (_, index) => `In part ${index + 1} somebody walks up the river and asks why it is late.`,
  ),
].join(' ');

/** Prompts whose lengths leave every remainder when divided by five, the least size of a chunk (D1). */
export const growingPrompts: readonly string[] = Array.from(
  { length: 5 },
  (_, index) => `Tell a short story about ${'a'.repeat(index + 1)}.`,
);

/** The prompt of the specified benchmark (E1). */
const benchmarkPrompt = '写一段500字的故事';

/** Prompts of several scripts, with characters of several code points, line ends and quotes. */
export const languagePrompts: readonly string[] = [
  benchmarkPrompt,
  'اكتب قصة قصيرة عن نهر',
  'नदी के बारे में एक छोटी कहानी लिखो',
  'Расскажи историю о реке, «которая опоздала»',
  'A story of 👩‍👩‍👧, 👋🏽 and 🇵🇹, e\u0301t\u00e9\r\n"quoted" \\ \ttab',
];
