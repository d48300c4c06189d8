import { describe, expect, it } from '@jest/globals';
import { chatText, mailText, oneLine, webhookPayload, type NoticeFacts } from './message.js';

const facts = (given: Partial<NoticeFacts> = {}): NoticeFacts => ({
  event: 'approval_needed',
  sessionId: 'session-1',
  kind: 'studio',
  title: 'A word counter',
  ownerName: 'Ann',
  status: 'awaiting_approval',
  approvalId: 'approval-1',
  gate: 'human_gate',
  gateLabel: 'PRD and tech spec',
  problem: null,
  at: '2026-01-01T00:00:00.000Z',
  ...given,
});

describe('a message', () => {
  it('leads to the review of a gate, and else to the session', () => {
    expect(webhookPayload(facts(), 'https://a.example').url).toBe(
      'https://a.example/admin/pages/review?id=approval-1',
    );
    expect(webhookPayload(facts({ approvalId: null }), 'https://a.example').url).toBe(
      'https://a.example/admin/pages/session?id=session-1',
    );
  });

  it('makes one line of what people wrote, whatever that holds', () => {
    const title = 'Sum\r\nBcc: everybody@example.org\u2028\u202eevil\u0000';
    const { subject } = mailText(facts({ title }), '');
    expect(subject).toBe(
      '[Atelier] Approval needed: PRD and tech spec — Sum Bcc: everybody@example.org evil',
    );
    expect(oneLine('🌸'.repeat(200), 10)).toBe(`${'🌸'.repeat(9)}…`);
  });

  it('lets no mission mention people or hide a link in a chat', () => {
    const title = '<!channel> <https://evil.example|click> & more';
    const text = chatText(webhookPayload(facts({ title }), 'https://a.example'));
    expect(text).toBe(
      'Approval needed: PRD and tech spec — &lt;!channel&gt; &lt;https://evil.example|click&gt; &amp; more\n' +
        '<https://a.example/admin/pages/review?id=approval-1>',
    );
  });
});
