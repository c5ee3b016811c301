import { useState } from 'react';

import { Turn } from './turn.tsx';

/** The conversation: every prompt that was sent, with its answer as it comes. */
export function Chat({ endpoint }: { endpoint: string }) {
  const [prompts, setPrompts] = useState<string[]>([]);

  const send = (form: FormData) => {
    const prompt = form.get('prompt');
    if (typeof prompt === 'string' && prompt.trim() !== '') setPrompts([...prompts, prompt]);
  };

  return (
    <>
      {prompts.map((prompt, index) => (
        <Turn key={index} endpoint={endpoint} prompt={prompt} />
      ))}
      <form action={send}>
        <input name="prompt" aria-label="Prompt" autoComplete="off" required />
        <button>Send</button>
      </form>
    </>
  );
}
