import type { GateVerdict } from '../../engine/graph-kind.js';

/**
 * What an approver wants changed, as text for an agent: the comment, then each open remark with the line it stands
 * on. It is data: whoever composes the message escapes it.
 * @returns undefined when no changes were requested
 */
export function wishesOf(verdict: GateVerdict | null): string | undefined {
  if (verdict?.decision !== 'request_changes') return undefined;
  const remarks = (verdict.remarks ?? []).map(({ path, line, quote, text, author }) =>
    [
      line === null ? `${path}, on lines that are gone:` : `${path}, line ${line}:`,
      ...quote.split('\n').map((one) => `> ${one}`),
      `${author}: ${text}`,
    ].join('\n'),
  );
  return [...(verdict.comment === undefined ? [] : [verdict.comment]), ...remarks].join('\n\n');
}

/** Notes that came with an approval, for those who build what was approved; empty when there are none. */
export function notesOf(verdict: GateVerdict | null): string {
  return verdict?.decision === 'approve' ? (verdict.comment ?? '') : '';
}
