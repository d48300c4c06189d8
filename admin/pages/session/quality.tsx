import React from 'react';
import type { ArtifactView } from '../../../src/http/presenters/artifact.js';
import { useList, useText } from '../../components/api.js';
import { percent } from '../../components/format.js';
import { Card, Empty, ErrorNote, Facts, Loading } from '../../components/kit.js';
import { Markdown } from '../../components/markdown.js';
import type { TabProps } from './kinds.js';
import { useFresh } from './live.js';

interface Summary {
  iteration?: number;
  maxIterations?: number;
  bestIteration?: number | null;
  testsThatProveNothing?: number;
  rewrittenTests?: string[];
  tests?: { passed: number; failed: number; skipped: number; failing: string[] } | null;
  coverage?: { criteria: number; covered: number; uncovered: string[] } | null;
}

/** What QA found: tests passed and failed, and which acceptance criteria are covered by one. */
export function Quality({ session, live }: TabProps): React.JSX.Element {
  const artifacts = useList<ArtifactView>(`/sessions/${session.sessionId}/artifacts?newest=true&limit=1000`);
  useFresh(artifacts, live.version);
  const report = artifacts.items.find(({ type, path }) => type === 'test_report' && path.endsWith('.md'));
  // The summary is written when the session comes to rest; the report, after each attempt.
  const { tests, coverage, ...more } = (session.summary ?? {}) as Summary;
  if (!tests && !report)
    return (
      <Card>
        {artifacts.loading ? (
          <Loading />
        ) : (
          <Empty title="QA has not run yet">
            <p>Its tests and what came of them appear here after the Engineer’s first attempt.</p>
          </Empty>
        )}
      </Card>
    );
  return (
    <>
      {artifacts.error && <ErrorNote error={artifacts.error} retry={artifacts.reload} />}
      {tests && (
        <Card title={session.qaPassed ? 'QA passed' : 'QA has not passed'}>
          <div className={`at-note ${session.qaPassed ? 'at-good' : 'at-warn'}`}>
            {tests.passed} tests passed, {tests.failed} failed, {tests.skipped} skipped.
            {coverage && ` ${coverage.covered} of ${coverage.criteria} acceptance criteria are covered.`}
          </div>
          <Facts
            of={[
              ['Attempts', `${more.iteration ?? 0} of ${more.maxIterations ?? '?'}`],
              more.bestIteration == null ? null : ['Best attempt', more.bestIteration],
              coverage
                ? ['Criteria covered', percent(coverage.covered / Math.max(1, coverage.criteria))]
                : null,
              ['Tests that prove nothing', more.testsThatProveNothing ?? 0],
              ['Tests QA rewrote', more.rewrittenTests?.length ?? 0],
            ]}
          />
          {coverage && coverage.uncovered.length > 0 && (
            <p className="at-problem">Not covered: {coverage.uncovered.join(', ')}</p>
          )}
          {tests.failing.length > 0 && (
            <>
              <h3>What fails</h3>
              <ul className="at-failing">
                {tests.failing.map((name) => (
                  <li key={name}>{name}</li>
                ))}
              </ul>
            </>
          )}
        </Card>
      )}
      {report && (
        <Card title="The newest test report">
          <Report id={report.id} />
        </Card>
      )}
    </>
  );
}

function Report({ id }: { id: number }): React.JSX.Element {
  const text = useText(`/artifacts/${id}/content`);
  if (text.error) return <ErrorNote error={text.error} retry={text.reload} />;
  return text.data === undefined ? (
    <Loading />
  ) : (
    <div className="at-doc-tables">
      <Markdown text={text.data} />
    </div>
  );
}
