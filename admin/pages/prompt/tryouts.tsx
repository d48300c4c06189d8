import React from 'react';
import type { TryoutView } from '../../../src/http/presenters/prompt-tryout.js';
import { useApi, type ListPage } from '../../components/api.js';
import { Badge } from '../../components/badge.js';
import { Ago, money } from '../../components/format.js';
import { Button, Card, Empty, ErrorNote, Loading } from '../../components/kit.js';
import { profilePath, versionName } from '../../components/prompt-state.js';
import type { Part } from './part.js';
import { TryoutReport } from './tryout-report.js';
import { TryoutStart } from './tryout-start.js';

/** Tries a version against the active one on recorded inputs, and shows what came of earlier tryouts. */
export function Tryouts({
  profile,
  version,
  go,
  shown,
}: Part & {
  /** The id of the tryout that is looked at. */
  shown: string | null;
}): React.JSX.Element {
  const list = useApi<ListPage<TryoutView>>(`${profilePath(profile.profile)}/tryouts`, 10_000);
  const mine = list.data?.items.filter(({ draftVersionId }) => draftVersionId === version.id) ?? [];
  const openId = shown ?? mine.find(({ status }) => status === 'running')?.id ?? null;
  return (
    <>
      {version.isActive ? (
        <Card title="Try it out">
          <Empty title="This is the active version">
            <p>A tryout compares another version with it. Choose one in the list, or write a draft.</p>
          </Empty>
        </Card>
      ) : (
        <TryoutStart
          profile={profile}
          version={version}
          before={list.data?.items ?? []}
          onStarted={(id) => {
            list.reload();
            go({ tryout: id }, true);
          }}
        />
      )}
      {openId !== null && <TryoutReport key={openId} id={openId} profile={profile} onEnded={list.reload} />}
      <Card title="Your tryouts of this version">
        {list.error && <ErrorNote error={list.error} retry={list.reload} />}
        {list.loading && <Loading what="Loading your tryouts" />}
        {list.data && mine.length === 0 && (
          <Empty title="You have not tried this version yet">
            <p>Tryouts show your own missions’ content, so everybody sees only theirs.</p>
          </Empty>
        )}
        {mine.length > 0 && (
          <table className="at-table at-cards">
            <thead>
              <tr>
                <th scope="col">Started</th>
                <th scope="col">Status</th>
                <th scope="col">Against</th>
                <th scope="col">Valid answers</th>
                <th scope="col" className="at-num">
                  Cost
                </th>
                <th scope="col">
                  <span className="at-hidden">Open</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {mine.map((one) => (
                <tr key={one.id}>
                  <td data-label="Started">
                    <Ago at={one.createdAt} />
                  </td>
                  <td data-label="Status">
                    <Badge status={one.status} />
                  </td>
                  <td data-label="Against">{versionName(profile, one.activeVersionId)}</td>
                  <td data-label="Valid answers">
                    {one.totals.draft.valid} of {one.totals.draft.done}, against {one.totals.active.valid} of{' '}
                    {one.totals.active.done}
                  </td>
                  <td data-label="Cost" className="at-num">
                    {money(one.totals.draft.costUsd + one.totals.active.costUsd)}
                  </td>
                  <td>
                    {one.id === openId ? (
                      <span className="at-soft">shown above</span>
                    ) : (
                      <Button onClick={() => go({ tryout: one.id }, true)}>Show</Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Card>
    </>
  );
}
