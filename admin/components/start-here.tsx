import React from 'react';
import type { AgentSettingsView } from '../../src/http/presenters/agent-settings.js';
import { ButtonLink, Card } from './kit.js';
import { useRole } from './session.js';
import { pagePath } from './shell.js';

/** What to do first, while there is nothing to show yet. */
export function StartHere({
  agents,
}: {
  agents: readonly AgentSettingsView[] | undefined;
}): React.JSX.Element {
  const admin = useRole('admin');
  const submitter = useRole('submitter');
  // The rehearsal replays recorded answers: a demonstration, not a model.
  const hasModel = agents?.some(({ inUse }) => inUse !== null && !inUse.startsWith('rehearsal:')) ?? false;
  return (
    <Card title="Start here">
      <ol className="at-steps">
        <li className={hasModel ? 'at-done' : undefined}>
          <strong>{hasModel ? 'A model is set up' : 'Set up a model'}</strong>
          <span className="at-soft">
            {hasModel
              ? 'The agents call it for every mission.'
              : admin
                ? 'Give the agents a key of Anthropic, OpenAI or Google, or the address of a model of your own. Until then, the demonstration mission runs on recorded answers.'
                : 'An administrator gives the agents a key. Until then, the demonstration mission runs on recorded answers.'}
          </span>
          {!hasModel && admin && (
            <div>
              <ButtonLink to={pagePath('agents')}>Agent settings</ButtonLink>
            </div>
          )}
        </li>
        <li>
          <strong>Submit a mission</strong>
          <span className="at-soft">
            Say in a few sentences what is to be built. The agents write the requirements and the technical
            specification first.
          </span>
          {submitter && (
            <div>
              <ButtonLink to={pagePath('submit')} look="primary">
                New mission
              </ButtonLink>
            </div>
          )}
        </li>
        <li>
          <strong>Decide</strong>
          <span className="at-soft">
            Nothing is built before somebody has read both and approved. What waits for that stands here and
            in the inbox.
          </span>
        </li>
      </ol>
    </Card>
  );
}
