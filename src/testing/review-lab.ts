import type { UserRole } from '../core/vocabulary.js';
import type { PolicyInput } from '../services/policies.js';
import type { Caller } from '../services/sessions.js';
import { openPanel, type PanelLab, type Visitor } from './browser.js';
import type { ScriptedCatalog } from './scripted-model.js';
import { sumCatalog, type SumScript } from './studio-script.js';

/** A PRD with all that a document can have, and all that a hostile one would try. */
export const RICH_PRD = `# Sum

## Summary

A module that adds two numbers, for people who would rather not do it by hand.

| Input | Output |
| --- | ---: |
| 2, 3 | 5 |
| -1, 1 | 0 |

\`\`\`js
export const add = (a, b) => a + b; // one line
\`\`\`

\`\`\`mermaid
flowchart LR
  A[Two numbers] --> B{Both finite?}
  B -->|yes| C[Their sum]
  B -->|no| D[An error]
\`\`\`

<script>window.hacked = true</script>
<img src="x" onerror="window.hacked = true">

[A link](javascript:window.hacked=true) and <a href="javascript:window.hacked=true">another</a>.

## Users

- Everybody.

## Requirements

### R1 Add

Two numbers are added.

- AC1.1 \`add(2, 3)\` gives 5.

## Out of scope

- Subtraction.
`;

/** What the PM hands in after a request for changes: a line is new, and one that was there is gone. */
export const SECOND_PRD = RICH_PRD.replace('# Sum\n', '# Sum\n\nNow with more words.\n').replace(
  '- Everybody.',
  '- People with two numbers.',
);

/** The panel with missions that have come to their gate. */
export interface ReviewLab extends PanelLab {
  catalog: ScriptedCatalog;
  /** Submits a mission as somebody and carries it to its gate. @returns the gate's id */
  gate: (owner: Caller, mission?: string) => Promise<{ id: string; sessionId: string }>;
  /** Carries a session on to its next stop. */
  go: (sessionId: string) => Promise<void>;
  /** Somebody with a role who is looking at a gate. */
  reviewer: (role: UserRole, gateId: string, width?: 'desk' | 'phone') => Promise<Visitor>;
  policy: (input: PolicyInput) => Promise<void>;
  /** What the models of a task were told last. */
  told: (task: string) => string;
}

/** Opens the panel over the studio with a scripted model. */
export async function openReviewLab(faults: SumScript = {}): Promise<ReviewLab> {
  const catalog = sumCatalog({
    write_prd: ({ messages }) => ({
      title: 'Sum',
      prd: messages.some(({ content }) => content.includes('</comments>')) ? SECOND_PRD : RICH_PRD,
    }),
    ...faults,
  });
  const lab = await openPanel({ catalog });
  const { app } = lab.test;
  const admin = await lab.test.person('admin');
  const go = (sessionId: string) =>
    app.runner.run(sessionId, new AbortController().signal).then(() => undefined);
  return {
    ...lab,
    catalog,
    go,
    async gate(owner, mission = 'Add two numbers') {
      const { session } = await app.sessions.submit(owner, { mission });
      await go(session.sessionId);
      const [gate] = (await app.approvals.list(owner, session.sessionId)).filter(
        ({ status }) => status === 'pending',
      );
      if (!gate) throw new Error('the mission has come to no gate');
      return { id: gate.id, sessionId: session.sessionId };
    },
    async reviewer(role, gateId, width) {
      const visitor = await lab.signIn(role, width);
      await visitor.open(`/pages/review?id=${gateId}`);
      return visitor;
    },
    async policy(input) {
      await app.policies.put(admin, 'studio', 'human_gate', input);
    },
    told: (task) => JSON.stringify(catalog.calls.findLast((call) => call.task === task)?.messages ?? []),
  };
}
