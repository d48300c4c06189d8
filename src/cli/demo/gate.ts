import { isCancel, select, selectKey, text } from '@clack/prompts';
import type { ApprovalView } from '../../http/presenters/approval.js';
import type { AtelierClient } from '../client.js';
import { readArtifact } from '../commands/artifacts.js';
import { sayDecision, sendDecision } from '../commands/decide.js';
import { ApiError, InterruptedError } from '../errors.js';
import { phaseLabel } from '../mission-progress.js';
import type { Output } from '../output.js';
import { manyLines, wrap } from '../text.js';

type Choice = 'a' | 'c' | 'r' | 'v' | 's';

/**
 * Asks the person at the terminal until the gate is decided.
 * @throws InterruptedError when they press Ctrl-C instead
 */
export async function askAtGate(
  client: AtelierClient,
  output: Output,
  approval: ApprovalView,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const choice = answered(
      await selectKey<Choice>({
        message: `${approval.gateLabel} are ready. Nothing is built before you agree.`,
        options: [
          { value: 'a', label: 'approve', hint: 'code and tests follow' },
          { value: 'c', label: 'request changes' },
          { value: 'r', label: 'reject', hint: 'ends the session' },
          { value: 'v', label: 'view the PRD' },
          { value: 's', label: 'view the tech spec' },
        ],
        signal,
      }),
    );
    if (choice === 'v' || choice === 's')
      await showDocument(client, output, approval, choice === 'v' ? 'prd' : 'tech_spec');
    else if (await decided(client, output, approval, choice, signal)) return;
  }
}

async function decided(
  client: AtelierClient,
  output: Output,
  approval: ApprovalView,
  choice: 'a' | 'c' | 'r',
  signal: AbortSignal,
): Promise<boolean> {
  const decision = ({ a: 'approve', c: 'request_changes', r: 'reject' } as const)[choice];
  const wish = choice === 'c' ? await askForChanges(approval, signal) : {};
  try {
    await sendDecision(client, approval, { decision, ...wish });
    sayDecision(output, approval, decision);
  } catch (error) {
    // Somebody was faster, in another terminal or over the API: theirs stands.
    if (!(error instanceof ApiError && error.httpStatus === 409)) throw error;
    output.hint(output.style.yellow(error.message));
  }
  output.line();
  return true;
}

async function askForChanges(
  { changeTargets }: ApprovalView,
  signal: AbortSignal,
): Promise<{ comment: string; target?: string }> {
  const comment = answered(
    await text({
      message: 'What has to change?',
      placeholder: 'Links must expire after a month',
      validate: (value) =>
        value === undefined || value.trim() === '' ? 'Say in a sentence what has to change.' : undefined,
      signal,
    }),
  );
  if (changeTargets.length < 2) return { comment };
  const target = answered(
    await select<string>({
      message: 'Whose work is it?',
      options: changeTargets.map((phase) => ({ value: phase, label: phaseLabel(phase) })),
      signal,
    }),
  );
  return { comment, target };
}

async function showDocument(
  client: AtelierClient,
  output: Output,
  { artifacts }: ApprovalView,
  type: string,
): Promise<void> {
  const shown = artifacts.find((artifact) => artifact.type === type);
  if (!shown) return output.hint('There is no such document at this gate.');
  const content = await readArtifact(client, shown.id);
  output.line();
  for (const line of manyLines(content.toString('utf8')).trimEnd().split('\n'))
    for (const part of wrap(line, output.columns - 1)) output.line(part);
  output.line();
}

/** @throws InterruptedError for Ctrl-C, which a prompt swallows */
function answered<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw new InterruptedError('SIGINT');
  return answer as Exclude<T, symbol>;
}
