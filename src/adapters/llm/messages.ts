import type { ModelMessage } from './port.js';

/** A guess at a text's tokens, where nobody counts them: one per four characters, rounded up. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** Our name for LangChain's type of a message (`human`, `ai`, `system`, …). */
export function roleOf(type: string): ModelMessage['role'] {
  if (type === 'ai') return 'assistant';
  return type === 'system' ? 'system' : 'user';
}

/** A message's whole text. */
export function textOf({ content }: Pick<ModelMessage, 'content'>): string {
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('');
}
