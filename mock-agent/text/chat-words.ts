import { chineseProse } from './prose-chinese.ts';
import { englishProse } from './prose-english.ts';
import type { Prose } from './prose.ts';

type Choice<T> = readonly [T, ...T[]];

/** The words of a language for texts of a chat. All strings are of characters of one code unit. */
export interface ChatWords {
  prose: Prose;
  headings: Choice<string>;
  terms: Choice<string>;
  colon: string;
  /** Introduces a link. */
  see: string;
  /** Label and URL. */
  links: Choice<readonly [string, string]>;
  /** The three headings of a table. */
  columns: readonly [string, string, string];
  code: Choice<{ language: string; lines: readonly string[] }>;
}

export const englishChat: ChatWords = {
  prose: englishProse,
  headings: ['Overview', 'How it works', 'What to remember', 'An example', 'Next steps'],
  terms: ['First chunk', 'Throughput', 'Latency', 'Retries', 'Cancellation', 'Back-pressure'],
  colon: ': ',
  see: 'See ',
  links: [
    ['the documentation', 'https://example.com/docs'],
    ['the guide', 'https://example.com/guide?step=2#start'],
    ['this example', 'https://example.com/examples/1'],
  ],
  columns: ['Measure', 'Value', 'Share'],
  code: [
    {
      language: 'ts',
      lines: ['for await (const chunk of stream) {', '  output += chunk.text;', '}'],
    },
    {
      language: 'python',
      lines: ['def total(values):', '    """Return the sum."""', '    return sum(values)'],
    },
    { language: 'sh', lines: ['curl -N "$URL" \\', '  -d \'{"prompt": "hello"}\''] },
  ],
};

export const chineseChat: ChatWords = {
  prose: chineseProse,
  headings: ['概述', '工作原理', '需要记住的要点', '一个例子', '下一步'],
  terms: ['首个分块', '吞吐量', '延迟', '重试', '取消', '背压'],
  colon: '：',
  see: '详见',
  links: [
    ['官方文档', 'https://example.com/docs'],
    ['入门指南', 'https://example.com/guide?step=2#start'],
    ['这个示例', 'https://example.com/examples/1'],
  ],
  columns: ['指标', '数值', '占比'],
  code: [
    {
      language: 'ts',
      lines: ['// 逐块读取', 'for await (const chunk of stream) {', '  output += chunk.text;', '}'],
    },
    { language: 'python', lines: ['# 求和', 'def total(values):', '    return sum(values)'] },
    { language: 'sh', lines: ['# 流式请求', 'curl -N "$URL" -d \'{"prompt": "你好"}\''] },
  ],
};
