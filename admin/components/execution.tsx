import React, { useState } from 'react';
import { Link } from 'react-router-dom';
import type { ExecutionView } from '../../src/http/presenters/execution.js';
import { Badge } from './badge.js';
import { Calls } from './calls.js';
import { Ago } from './format.js';
import { phaseLabel } from './kinds.js';
import { Button, Dialog, Facts } from './kit.js';
import { Cost, Model, Tokens, Took } from './run-facts.js';

/** An execution's prompt version, as a link to it. */
export function PromptLink({ of }: { of: ExecutionView }): React.JSX.Element {
  if (of.promptVersionId === null) return <span className="at-soft">none</span>;
  return <Link to={`/admin/pages/prompt?id=${of.promptVersionId}`}>version {of.promptVersionId}</Link>;
}

/** Which agent did what, and opens everything about it. */
export function ExecutionButton({ of }: { of: ExecutionView }): React.JSX.Element {
  const [open, setOpen] = useState(false);
  const name = `${phaseLabel(of.agent)}${of.iteration > 0 ? `, attempt ${of.iteration}` : ''}`;
  return (
    <>
      <Button look="quiet" onClick={() => setOpen(true)} aria-label={`Open what the model saw: ${name}`}>
        Open
      </Button>
      {open && (
        <Dialog title={name} wide onClose={() => setOpen(false)}>
          <div className="at-stack at-two-facts">
            <Facts
              of={[
                ['Status', <Badge key="s" status={of.status} />],
                ['Began', <Ago key="a" at={of.startedAt} />],
                ['Took', <Took key="t" of={of} now={Date.now()} />],
                ['Model', <Model key="m" of={of} />],
                ['Tokens', <Tokens key="k" of={of} />],
                ['Cost', <Cost key="c" of={of} />],
                ['Prompt', <PromptLink key="p" of={of} />],
                of.attempt > 1 ? ['Try of this step', of.attempt] : null,
              ]}
            />
            {of.errorMessage !== null && <p className="at-note at-bad">{of.errorMessage}</p>}
            <Calls executionId={of.id} />
          </div>
        </Dialog>
      )}
    </>
  );
}
