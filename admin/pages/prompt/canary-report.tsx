import React from 'react';
import type { CanaryReportView } from '../../../src/http/presenters/prompt-canary.js';
import type { PromptProfileView } from '../../../src/http/presenters/prompt.js';
import { call, useAction, useApi } from '../../components/api.js';
import { Badge } from '../../components/badge.js';
import { Ago, percent } from '../../components/format.js';
import { Card, ConfirmButton, Facts, Show } from '../../components/kit.js';
import { versionName } from '../../components/prompt-state.js';
import { useRole } from '../../components/session.js';
import { estimateWords, Whiskers } from '../../components/whiskers.js';

const EVERY = 10_000;

/** From so many standard errors on a difference is worth a word, though it decides nothing. */
const LOOKS_WORSE = 1.96;

const METRICS = { qa_pass: 'QA passed', first_review_approval: 'First review approved' } as const;

type Comparison = CanaryReportView['comparisons'][number];

/** A canary with both arms in figures, the verdict in words, and, while it runs, both ways to end it. */
export function CanaryReport({
  id,
  profile,
  onEnded,
}: {
  id: number;
  profile: PromptProfileView;
  onEnded: () => void;
}): React.JSX.Element {
  const report = useApi<CanaryReportView>(`/prompts/canaries/${id}`, EVERY);
  const running = report.data?.status === 'running';
  return (
    <Card
      title={
        <span className="at-row">
          Canary{' '}
          {report.data && (
            <Badge status={running ? 'canary' : report.data.status} label={report.data.status} />
          )}
        </span>
      }
      actions={running && report.data && <Ending report={report.data} profile={profile} onEnded={onEnded} />}
    >
      <Show of={report} what="Adding it up">
        {(found) => <Figures report={found} profile={profile} />}
      </Show>
    </Card>
  );
}

function Figures({
  report,
  profile,
}: {
  report: CanaryReportView;
  profile: PromptProfileView;
}): React.JSX.Element {
  const { arms, comparisons, minMissions } = report;
  const canary = versionName(profile, report.versionId);
  const baseline = versionName(profile, report.baselineVersionId);
  const verdict = verdictOf(comparisons);
  return (
    <div className="at-stack">
      <div className={`at-note at-${verdict.tone}`}>
        <p>
          <strong>{verdict.title}</strong> {verdict.words}
        </p>
      </div>
      <Facts
        of={[
          [
            canary,
            `${arms.canary.missions} ${arms.canary.missions === 1 ? 'mission' : 'missions'} of ${report.percent} %`,
          ],
          [
            baseline,
            `${arms.baseline.missions} ${arms.baseline.missions === 1 ? 'mission' : 'missions'} beside it`,
          ],
          ['Started', <Ago key="at" at={report.startedAt} />],
          report.endedAt === null
            ? ['Stops by itself', report.autoStop ? 'when significantly worse' : 'never']
            : ['Ended', <Ago key="at" at={report.endedAt} />],
        ]}
      />
      {report.reason !== null && <p>{report.reason}</p>}
      <div className="at-charts">
        {comparisons.map((one) => (
          <div key={one.metric}>
            <Whiskers
              title={METRICS[one.metric]}
              words={percent}
              max={1}
              rows={[
                { key: 'canary', label: 'canary', marked: true, estimate: one.canary },
                { key: 'baseline', label: 'active', marked: false, estimate: one.baseline },
              ]}
            />
            <p className="at-soft">{comparisonWords(one, minMissions)}</p>
          </div>
        ))}
      </div>
    </div>
  );
}

function Ending({
  report,
  profile,
  onEnded,
}: {
  report: CanaryReportView;
  profile: PromptProfileView;
  onEnded: () => void;
}): React.JSX.Element | null {
  const approver = useRole('approver');
  const end = (verb: 'promote' | 'drop') => async () => {
    await call<CanaryReportView>('POST', `/prompts/canaries/${report.id}/${verb}`, {});
    onEnded();
  };
  const promote = useAction(end('promote'));
  const drop = useAction(end('drop'));
  if (!approver) return null;
  const canary = versionName(profile, report.versionId);
  const baseline = versionName(profile, report.baselineVersionId);
  return (
    <>
      <ConfirmButton
        label="Promote"
        look="primary"
        action={promote}
        confirm={`Make ${canary} the active one`}
        question={
          <>
            <p>
              {sentence(canary)} becomes the active one: every new mission gets it, instead of {baseline}.
              Missions that have begun keep theirs. One click rolls it back.
            </p>
            {!report.comparisons.some(({ enough }) => enough) && (
              <p className="at-problem">
                Both sides have too few results yet to tell them apart: the figures do not support this.
              </p>
            )}
          </>
        }
      />
      <ConfirmButton
        label="Drop"
        look="danger"
        action={drop}
        confirm="Drop the canary"
        question={`The canary ends, and all new missions get ${baseline}. Missions that got ${canary} keep it; it stays in the list.`}
      />
    </>
  );
}

/** What the figures say, all together. */
function verdictOf(comparisons: readonly Comparison[]): {
  tone: 'good' | 'bad' | 'warn';
  title: string;
  words: string;
} {
  const worse = comparisons.filter((one) => one.worse);
  if (worse.length > 0)
    return {
      tone: 'bad',
      title: 'It does worse.',
      words: `${worse.map(({ metric }) => METRICS[metric]).join(' and ')}: significantly less often than with the active version. Drop it.`,
    };
  const told = comparisons.filter(({ enough, z }) => enough && z !== null);
  if (told.length === 0)
    return {
      tone: 'warn',
      title: 'Too early to tell.',
      words: 'Both sides need more results before a difference means anything.',
    };
  const better = told.filter(({ z, stopAtZ }) => z !== null && z >= -stopAtZ);
  if (better.length > 0)
    return {
      tone: 'good',
      title: 'It does better.',
      words: `${better.map(({ metric }) => METRICS[metric]).join(' and ')}: significantly more often than with the active version.`,
    };
  const lower = told.filter(({ z }) => z !== null && z <= -LOOKS_WORSE);
  return lower.length > 0
    ? {
        tone: 'warn',
        title: 'No clear difference yet.',
        words: `${lower.map(({ metric }) => METRICS[metric]).join(' and ')}: less often so far, as chance alone seldom has it. Wait for more.`,
      }
    : {
        tone: 'good',
        title: 'No clear difference.',
        words: 'Nothing speaks against it; a small difference may still be there.',
      };
}

function comparisonWords(
  { canary, baseline, z, enough, worse, stopAtZ }: Comparison,
  minMissions: number,
): string {
  if (!enough) return `Not enough yet: ${canary.n} and ${baseline.n} of ${minMissions} results.`;
  const both = `${estimateWords(canary, percent)} against ${estimateWords(baseline, percent)}`;
  if (z === null) return `${both}: all the same, so there is nothing to compare.`;
  const said = worse
    ? 'significantly worse'
    : z >= -stopAtZ
      ? 'significantly better'
      : 'no significant difference';
  return `${both}: ${said} (z = ${z.toFixed(2).replace('-', '−')}, the limit is ±${Math.abs(stopAtZ)}).`;
}

const sentence = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
