import React from 'react';
import { Badge } from '../../components/badge.js';
import type { PromptCheck } from './check.js';

/** How the text stands while it is written: its front matter, and variable by variable. */
export function CheckList({ check: { head, variables } }: { check: PromptCheck }): React.JSX.Element {
  const saving = head.length > 0 || variables.some(({ blocks }) => blocks === 'saving');
  const activation = variables.some(({ blocks }) => blocks === 'activation');
  return (
    <div className="at-stack" aria-live="polite">
      <p>
        {saving ? (
          <Badge status="error" label="cannot be saved" />
        ) : activation ? (
          <Badge status="proposed" label="can be saved, but not activated" />
        ) : (
          <Badge status="complete" label="missions can use it" />
        )}
      </p>
      {head.map((problem) => (
        <p key={problem} className="at-problem">
          {problem}
        </p>
      ))}
      {variables.length === 0 && head.length === 0 && (
        <p className="at-soft">This agent is given no variables: the text must have none.</p>
      )}
      {variables.length > 0 && (
        <ul className="at-checks">
          {variables.map(({ name, problem, blocks }) => (
            <li key={name}>
              <Badge
                status={blocks === 'saving' ? 'error' : problem === null ? 'complete' : 'proposed'}
                label={problem === null ? 'right' : 'wrong'}
              />
              <span>
                <code>{`{{${name}}}`}</code> {problem ?? 'is declared and used'}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
