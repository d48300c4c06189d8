import React, { useState } from 'react';
import type { CanaryReportView, CanaryView } from '../../../src/http/presenters/prompt-canary.js';
import { call, useAction, useApi, type ListPage } from '../../components/api.js';
import { Badge } from '../../components/badge.js';
import { Ago } from '../../components/format.js';
import { Button, Card, ConfirmButton, Empty, ErrorNote, Field, Loading } from '../../components/kit.js';
import { profilePath, versionName, versionOf } from '../../components/prompt-state.js';
import { useRole } from '../../components/session.js';
import { CanaryReport } from './canary-report.js';
import type { Part } from './part.js';

type CanaryProps = Part & { reload: () => void };

/** A version for a share of new missions: started, watched, promoted or dropped; and those that have ended. */
export function CanaryPart({ profile, version, go, reload }: CanaryProps): React.JSX.Element {
  const submitter = useRole('submitter');
  const approver = useRole('approver');
  const [open, setOpen] = useState<number | null>(null);
  const { canary } = profile;
  const past = useApi<ListPage<CanaryView>>(
    `${profilePath(profile.profile)}/canaries#${canary?.id ?? ''}${profile.activeVersionId ?? ''}`,
  );
  const ended = past.data?.items.filter(({ status }) => status !== 'running') ?? [];
  const over = (): void => {
    past.reload();
    reload();
  };
  return (
    <>
      {canary ? (
        submitter ? (
          <CanaryReport key={canary.id} id={canary.id} profile={profile} onEnded={over} />
        ) : (
          <Card title="A canary runs">
            <p>
              {versionName(profile, canary.versionId)} is given to {canary.percent} % of new missions, beside{' '}
              {versionName(profile, canary.baselineVersionId)}.
            </p>
          </Card>
        )
      ) : approver && !version.isActive ? (
        <Start profile={profile} version={version} go={go} reload={over} />
      ) : (
        <Card title="Canary">
          <Empty title="No canary runs">
            <p>
              A canary gives another version to a share of new missions, and compares what comes of both.{' '}
              {approver ? 'Choose a version that is not active to start one.' : 'Approvers start them.'}
            </p>
          </Empty>
        </Card>
      )}
      <Card title="Earlier canaries">
        {past.error && <ErrorNote error={past.error} retry={past.reload} />}
        {past.loading && <Loading what="Loading the canaries" />}
        {past.data && ended.length === 0 && <p className="at-soft">There have been none.</p>}
        <ul className="at-past">
          {ended.map((one) => (
            <li key={one.id}>
              <p className="at-row">
                <strong>{versionName(profile, one.versionId)}</strong> for {one.percent} %, beside{' '}
                {versionName(profile, one.baselineVersionId)}
                <Badge
                  status={one.status}
                  tone={one.status === 'promoted' ? 'good' : one.status === 'stopped' ? 'bad' : 'idle'}
                />
                {submitter && (
                  <Button
                    look="quiet"
                    aria-expanded={open === one.id}
                    onClick={() => setOpen(open === one.id ? null : one.id)}
                  >
                    {open === one.id ? 'Hide figures' : 'Figures'}
                  </Button>
                )}
              </p>
              <p className="at-soft">
                Started <Ago at={one.startedAt} />, ended <Ago at={one.endedAt} />. {one.reason}
              </p>
              {open === one.id && <CanaryReport id={one.id} profile={profile} onEnded={over} />}
            </li>
          ))}
        </ul>
      </Card>
    </>
  );
}

function Start({ profile, version, reload }: CanaryProps): React.JSX.Element {
  const [percent, setPercent] = useState(10);
  const [autoStop, setAutoStop] = useState(true);
  const [minMissions, setMinMissions] = useState('20');
  const start = useAction(async () => {
    await call<CanaryReportView>('POST', `${profilePath(profile.profile)}/canaries`, {
      versionId: version.id,
      percent,
      autoStop,
      minMissions: Number(minMissions),
    });
    reload();
  });
  const blocked = version.problems.length > 0;
  const share = (text: string): void => setPercent(Math.min(50, Math.max(1, Math.round(Number(text)) || 1)));
  const active = versionOf(profile, profile.activeVersionId);
  return (
    <Card title={`Start a canary of version ${version.version}`}>
      <div className="at-form">
        <div className="at-share">
          <Field label="Share of new missions">
            <input
              type="range"
              min={1}
              max={50}
              value={percent}
              aria-label="Share of new missions, slider"
              onChange={(event) => share(event.target.value)}
            />
          </Field>
          <span className="at-row at-percent">
            <input
              type="number"
              min={1}
              max={50}
              value={percent}
              aria-label="Share of new missions in percent"
              onChange={(event) => share(event.target.value)}
            />
            %
          </span>
        </div>
        <label className="at-check">
          <input type="checkbox" checked={autoStop} onChange={(event) => setAutoStop(event.target.checked)} />
          Stop it by itself when it does significantly worse
        </label>
        <Field
          label="No verdict before so many results on both sides"
          name="minMissions"
          error={start.error}
          help="20 is usual. With fewer, chance decides sooner; at least 5."
        >
          <input
            type="number"
            className="at-short"
            min={5}
            max={100_000}
            value={minMissions}
            onChange={(event) => setMinMissions(event.target.value)}
          />
        </Field>
        <div className="at-row">
          <ConfirmButton
            label={`Start with ${percent} %`}
            confirm="Start the canary"
            look="primary"
            disabled={blocked || !active || !(Number(minMissions) >= 5)}
            action={start}
            question={
              <>
                <p>
                  From now on about <strong>{percent} % of new missions</strong> get version {version.version}
                  , chosen by chance; the others get {versionName(profile, profile.activeVersionId)}, as now.
                  Missions that have begun keep theirs.
                </p>
                <p>
                  {autoStop
                    ? `It is stopped by itself when QA or first reviews go significantly worse, with ${minMissions} results on both sides.`
                    : 'Nothing stops it by itself: look at it.'}
                </p>
              </>
            }
          />
          {blocked && <span className="at-problem">Missions cannot use this version.</span>}
          {!active && (
            <span className="at-problem">Without an active version there is nothing to compare.</span>
          )}
        </div>
      </div>
    </Card>
  );
}
