import { useChat } from '@ai-sdk/react';
import {
  DefaultChatTransport,
  lastAssistantMessageIsCompleteWithToolCalls,
  type UIMessage,
} from 'ai';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';

/** What a test reads of a page. */
export interface ChatPageState {
  status: string;
  error: string | undefined;
  messages: UIMessage[];
}

/** How a test sets a page up, as JSON in its query. */
export interface ChatPageSettings {
  /** The gateway's, without a path. */
  url: string;
  chatId: string;
  headers: Record<string, string>;
  /** Fields of each request beside the protocol's. */
  body: object;
  resume: boolean;
  /** The page's answer to each tool call. */
  toolOutput: unknown;
}

const query = new URLSearchParams(location.search).get('settings') ?? '';
// Written by the test beside this page.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const settings = JSON.parse(query) as ChatPageSettings;
const { url, chatId, headers, body, resume, toolOutput } = settings;

/** What the user has sent, as an app that resumes has it from its server. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const stored = JSON.parse(sessionStorage.getItem(chatId) ?? '[]') as UIMessage[];

function ChatPage() {
  const { messages, status, error, sendMessage, regenerate, addToolOutput } = useChat({
    id: chatId,
    messages: stored,
    resume: resume && stored.length > 0,
    transport: new DefaultChatTransport({ api: `${url}/api/chat`, headers, body }),
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
    onToolCall({ toolCall: { toolName, toolCallId } }) {
      void addToolOutput({ tool: toolName, toolCallId, output: toolOutput });
    },
  });
  const send = (form: FormData) => {
    const prompt = form.get('prompt');
    const text = typeof prompt === 'string' ? prompt : '';
    const message: UIMessage = { id: 'm-1', role: 'user', parts: [{ type: 'text', text }] };
    sessionStorage.setItem(chatId, JSON.stringify([message]));
    void sendMessage(message);
  };
  const state: ChatPageState = { status, error: error?.message, messages };
  return createElement(
    'form',
    { action: send },
    createElement('input', { name: 'prompt', 'aria-label': 'Prompt' }),
    createElement('button', { type: 'button', onClick: () => void regenerate() }, 'Again'),
    createElement('output', {}, JSON.stringify(state)),
  );
}

const root = document.querySelector('#root');
if (root !== null) createRoot(root).render(createElement(ChatPage));
