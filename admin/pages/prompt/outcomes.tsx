import React, { useState } from 'react';
import { Link } from 'react-router-dom';
import type { EstimateView } from '../../../src/http/presenters/estimate.js';
import type { OutcomeView } from '../../../src/http/presenters/prompt-history.js';
import { useList } from '../../components/api.js';
import { count, duration, money, percent } from '../../components/format.js';
import { Button, Card, Empty, ErrorNote, Loading } from '../../components/kit.js';
import { Badge } from '../../components/badge.js';
import { profilePath, promptPath } from '../../components/prompt-state.js';
import { ENOUGH, estimateWords, isEnough, Whiskers } from '../../components/whiskers.js';
import type { Part } from './part.js';

interface Metric {
  name: string;
  of: (outcome: OutcomeView) => EstimateView;
  words: (value: number) => string;
  max?: number;
}

const METRICS: readonly Metric[] = [
  { name: 'First review approved', of: (one) => one.firstReviewApproval, words: percent, max: 1 },
  { name: 'QA passed', of: (one) => one.qaPass, words: percent, max: 1 },
  { name: 'Rounds', of: (one) => one.iterations, words: (value) => value.toFixed(1) },
  { name: 'Tokens of a mission', of: (one) => one.tokens, words: (value) => count(Math.round(value)) },
  { name: 'Cost of a mission', of: (one) => one.costUsd, words: money },
  { name: '95 % are done within', of: (one) => one.p95Seconds, words: duration },
];

/** Charts stay readable with so many versions; the table has all. */
const CHARTED = 6;

/** What came of the missions that each version was given to. */
export function Outcomes({ profile, version }: Part): React.JSX.Element {
  const [days, setDays] = useState('90');
  const { items, error, loading, reload } = useList<OutcomeView>(
    `${profilePath(profile.profile)}/outcomes${days === '' ? '' : `?days=${days}`}`,
  );
  const used = items.filter(({ missions }) => missions > 0);
  const charted = used.filter((one, at) => at < CHARTED || one.isActive || one.versionId === version.id);
  const unused = items.length - used.length;
  return (
    <Card
      title="What came of its missions"
      actions={
        <label className="at-row">
          <span className="at-soft">Accepted in</span>
          <select value={days} onChange={(event) => setDays(event.target.value)}>
            <option value="7">the last 7 days</option>
            <option value="30">the last 30 days</option>
            <option value="90">the last 90 days</option>
            <option value="">all time</option>
          </select>
        </label>
      }
    >
      {error && <ErrorNote error={error} retry={reload} />}
      {loading && <Loading what="Adding it up" />}
      {!loading && !error && used.length === 0 && (
        <Empty title="No mission in that time">
          {days === '' ? (
            <p>Figures come with the first mission that ends.</p>
          ) : (
            <Button onClick={() => setDays('')}>Look at all time</Button>
          )}
        </Empty>
      )}
      {used.length > 0 && (
        <div className="at-stack">
          <p className="at-soft">
            Everybody’s missions, with 95 % intervals. What happened to be submitted differs from version to
            version: where intervals overlap, or a version had easier missions, a figure proves nothing. A
            canary compares fairly. Below {ENOUGH} results nothing is shown.
          </p>
          <div className="at-charts">
            {METRICS.map(({ name, of, words, max }) => (
              <Whiskers
                key={name}
                title={name}
                words={words}
                max={max}
                rows={charted.map((one) => ({
                  key: one.versionId,
                  label: `v${one.version}${one.isActive ? ' active' : ''}`,
                  marked: one.versionId === version.id,
                  estimate: of(one),
                }))}
              />
            ))}
          </div>
          <Figures profile={profile} version={version} outcomes={used} />
          {unused > 0 && (
            <p className="at-soft">
              {unused === 1 ? 'One version has' : `${unused} versions have`} had no mission in that time.
            </p>
          )}
        </div>
      )}
    </Card>
  );
}

function Figures({
  profile,
  version,
  outcomes,
}: Omit<Part, 'go'> & { outcomes: readonly OutcomeView[] }): React.JSX.Element {
  return (
    <div className="at-scroll" role="region" aria-label="Outcomes by version" tabIndex={0}>
      <table className="at-table at-cards at-outcomes">
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Missions</th>
            {METRICS.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {outcomes.map((one) => (
            <tr key={one.versionId} className={one.versionId === version.id ? 'at-chosen' : ''}>
              <td className="at-title">
                <Link to={promptPath(profile.profile, one.versionId, { tab: 'outcomes' })}>
                  Version {one.version}
                </Link>{' '}
                {one.isActive && <Badge status="active" />}
              </td>
              <td data-label="Missions">
                <span>
                  {one.missions}
                  <small>
                    {one.endedMissions} ended
                    {one.canaryMissions > 0 && `, ${one.canaryMissions} as a canary`}
                  </small>
                </span>
              </td>
              {METRICS.map(({ name, of, words }) => (
                <td key={name} data-label={name}>
                  <Figure estimate={of(one)} words={words} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Figure({
  estimate,
  words,
}: {
  estimate: EstimateView;
  words: (value: number) => string;
}): React.JSX.Element {
  if (!isEnough(estimate))
    return (
      <span className="at-soft">
        not enough yet<small>n = {estimate.n}</small>
      </span>
    );
  const [value, range] = estimateWords(estimate, words).split(' (');
  return (
    <span>
      {value}
      <small>
        {range !== undefined && `${range.replace(')', '')}, `}n = {estimate.n}
      </small>
    </span>
  );
}
