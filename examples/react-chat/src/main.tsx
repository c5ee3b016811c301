import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { Chat } from './chat.tsx';

const gateway = new URLSearchParams(location.search).get('gateway') ?? 'http://127.0.0.1:8080';
const root = document.getElementById('chat');
if (root === null) throw new Error('the page has no element #chat');

createRoot(root).render(
  <StrictMode>
    <Chat endpoint={`${gateway}/api/v1/ai/generate`} />
  </StrictMode>,
);
