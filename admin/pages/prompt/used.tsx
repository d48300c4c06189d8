import React, { useState } from 'react';
import { Link } from 'react-router-dom';
import type { SessionSummaryView } from '../../../src/http/presenters/session.js';
import { useList } from '../../components/api.js';
import { Badge } from '../../components/badge.js';
import { Ago } from '../../components/format.js';
import { Button, Card, Empty, ErrorNote, Loading, More } from '../../components/kit.js';
import { useRole } from '../../components/session.js';
import type { Part } from './part.js';

/** The missions that were given a version: one's own, or the team's for those who may read it. */
export function UsedBy({ version }: Pick<Part, 'version'>): React.JSX.Element {
  const team = useRole('approver');
  const [scope, setScope] = useState<'mine' | 'team'>(team ? 'team' : 'mine');
  const list = useList<SessionSummaryView>(
    `/sessions?promptVersion=${version.id}&scope=${scope}&limit=20`,
    15_000,
  );
  return (
    <Card
      title={`Missions with version ${version.version}`}
      actions={
        team && (
          <select
            aria-label="Whose missions"
            value={scope}
            onChange={(event) => setScope(event.target.value === 'team' ? 'team' : 'mine')}
          >
            <option value="team">The whole team’s</option>
            <option value="mine">Mine</option>
          </select>
        )
      }
    >
      {list.error && <ErrorNote error={list.error} retry={list.reload} />}
      {list.loading && <Loading what="Loading the missions" />}
      {!list.loading && !list.error && list.items.length === 0 && (
        <Empty
          title={scope === 'mine' ? 'None of your missions has this version' : 'No mission has this version'}
        >
          <p>
            {version.isActive
              ? 'The next mission gets it.'
              : 'Missions get it once it is active, or as a canary.'}
          </p>
          {team && scope === 'mine' && <Button onClick={() => setScope('team')}>Look at the team’s</Button>}
        </Empty>
      )}
      {list.items.length > 0 && (
        <table className="at-table at-cards">
          <thead>
            <tr>
              <th scope="col">Mission</th>
              <th scope="col">Status</th>
              <th scope="col">Of</th>
              <th scope="col">QA</th>
              <th scope="col" className="at-num">
                Rounds
              </th>
              <th scope="col">Accepted</th>
            </tr>
          </thead>
          <tbody>
            {list.items.map((one) => (
              <tr key={one.sessionId}>
                <td className="at-title">
                  <Link to={`/admin/pages/session?id=${encodeURIComponent(one.sessionId)}`}>
                    {one.name ?? one.missionPreview}
                  </Link>
                </td>
                <td data-label="Status">
                  <Badge status={one.status} />
                </td>
                <td data-label="Of">{one.ownerName}</td>
                <td data-label="QA">{one.qaPassed ? 'passed' : '–'}</td>
                <td data-label="Rounds" className="at-num">
                  {one.iterationCount}
                </td>
                <td data-label="Accepted">
                  <Ago at={one.createdAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <More more={list.more} />
    </Card>
  );
}
