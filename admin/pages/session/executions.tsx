import React from 'react';
import type { ExecutionView } from '../../../src/http/presenters/execution.js';
import { useList } from '../../components/api.js';
import { Badge } from '../../components/badge.js';
import { ExecutionButton, PromptLink } from '../../components/execution.js';
import { phaseLabel } from '../../components/kinds.js';
import { Card, Empty, ErrorNote, Loading, More } from '../../components/kit.js';
import { Cost, Model, Tokens, Took } from '../../components/run-facts.js';
import type { TabProps } from './kinds.js';
import { useFresh, useNow } from './live.js';

/** What the agents did in the session, step by step. */
export function Executions({ session, live }: TabProps): React.JSX.Element {
  const executions = useList<ExecutionView>(`/sessions/${session.sessionId}/executions?limit=200`);
  useFresh(executions, live.version);
  const now = useNow(executions.items.some(({ status }) => status === 'running'));
  return (
    <Card>
      {executions.error && <ErrorNote error={executions.error} retry={executions.reload} />}
      {executions.loading && <Loading />}
      {!executions.loading && !executions.error && executions.items.length === 0 && (
        <Empty title="No agent has worked yet">
          <p>Steps appear here as soon as one begins.</p>
        </Empty>
      )}
      {executions.items.length > 0 && (
        <table className="at-table at-cards" aria-label="Executions">
          <thead>
            <tr>
              <th scope="col">Agent</th>
              <th scope="col">Status</th>
              <th scope="col">Took</th>
              <th scope="col">Model</th>
              <th scope="col">Prompt</th>
              <th scope="col">Tokens</th>
              <th scope="col" className="at-num">
                Cost
              </th>
              <th scope="col">
                <span className="at-hidden">What the model saw</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {executions.items.map((one) => (
              <tr key={one.id}>
                <td className="at-title">
                  <strong>{phaseLabel(one.agent)}</strong>
                  {one.iteration > 0 && <span className="at-soft"> · attempt {one.iteration}</span>}
                  {one.attempt > 1 && <span className="at-soft"> · try {one.attempt}</span>}
                  <div className="at-soft at-list-more">{one.outputSummary ?? one.inputSummary}</div>
                  {one.errorMessage !== null && <div className="at-problem">{one.errorMessage}</div>}
                </td>
                <td data-label="Status" className="at-nowrap">
                  <Badge status={one.status} />
                </td>
                <td data-label="Took" className="at-nowrap">
                  <Took of={one} now={now} />
                </td>
                <td data-label="Model" className="at-fit">
                  <Model of={one} />
                </td>
                <td data-label="Prompt" className="at-nowrap">
                  <PromptLink of={one} />
                </td>
                <td data-label="Tokens" className="at-nowrap">
                  <Tokens of={one} />
                </td>
                <td data-label="Cost" className="at-num">
                  <Cost of={one} />
                </td>
                <td className="at-open-cell">
                  <ExecutionButton of={one} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <More more={executions.more} />
    </Card>
  );
}
