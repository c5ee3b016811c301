import type { Behaviour } from './behaviour.ts';
import type { Draw } from './draws.ts';
import { chineseProse } from './prose-chinese.ts';
import { englishProse } from './prose-english.ts';
import { composeProse } from './prose.ts';

/** What a stream says: the given text, or prose made up to the wanted length in the prompt's language. */
export function writeText(text: Behaviour['text'], prompt: string, draw: Draw): string {
  if ('given' in text) return text.given;
  const { language, chars } = text.generate;
  const chinese = language === 'auto' ? /\p{Script=Han}/u.test(prompt) : language === 'zh';
  return composeProse(chinese ? chineseProse : englishProse, chars, draw);
}
