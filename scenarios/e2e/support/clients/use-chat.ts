import { useChat } from '@ai-sdk/react';
import { DefaultChatTransport } from 'ai';
import { createElement, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

import type { Client } from './client.ts';

/** A page with `useChat` that sends one message and shows `messages`, `status` and `error`. */
export const useChatClient: Client = ({ url, prompt }, state, stop) =>
  new Promise((resolve) => {
    const root = createRoot(document.createElement('div'));
    const transport = new DefaultChatTransport({ api: url });

    function Page() {
      const chat = useChat({
        transport,
        onFinish: ({ finishReason }) => (state.finishReason = finishReason ?? 'undefined'),
      });
      const [isOver, setIsOver] = useState(false);
      const { messages, status, error } = chat;

      useEffect(() => {
        stop.addEventListener('abort', () => void chat.stop());
        void chat.sendMessage({ text: prompt }).finally(() => setIsOver(true));
      }, []);

      useEffect(() => {
        state.text = messages
          .filter(({ role }) => role === 'assistant')
          .flatMap(({ parts }) => parts.map((part) => (part.type === 'text' ? part.text : '')))
          .join('');
        if (!isOver) return;
        if (status === 'error') state.clientError = error?.name ?? 'no cause';
        root.unmount();
        resolve();
      }, [messages, status, error, isOver]);
      return null;
    }

    root.render(createElement(Page));
  });
