import React from 'react';
import { Link } from 'react-router-dom';
import type { ActivationView } from '../../../src/http/presenters/prompt-history.js';
import { useList } from '../../components/api.js';
import { Ago } from '../../components/format.js';
import { Card, Empty, ErrorNote, Loading } from '../../components/kit.js';
import { profilePath, promptPath } from '../../components/prompt-state.js';
import type { Part } from './part.js';

/** What stands before and after the version's name. */
const WORDS: Readonly<Record<ActivationView['reason'], readonly [before: string, after: string]>> = {
  seeded: ['', 'came with Atelier'],
  activated: ['', 'activated'],
  rolled_back: ['Back to', ''],
  promoted: ['', 'promoted after its canary'],
};

/** Which versions were active, since when, by whom. */
export function History({ profile }: Pick<Part, 'profile'>): React.JSX.Element {
  const { items, error, loading, reload } = useList<ActivationView>(
    `${profilePath(profile.profile)}/activations#${profile.activeVersionId ?? ''}`,
  );
  return (
    <Card title="What was active when">
      {error && <ErrorNote error={error} retry={reload} />}
      {loading && <Loading what="Loading the history" />}
      {!loading && !error && items.length === 0 && <Empty title="No version has ever been active" />}
      <ol className="at-timeline-list">
        {items.map((one, at) => (
          <li key={one.id} className={at === 0 ? 'at-now' : ''}>
            <p>
              {WORDS[one.reason][0]}{' '}
              <Link to={promptPath(profile.profile, one.version.id)}>
                {WORDS[one.reason][0] === '' ? 'Version' : 'version'} {one.version.version}
              </Link>{' '}
              {WORDS[one.reason][1]}
              {one.byName === null ? '' : ` by ${one.byName}`}
              {one.previous && (
                <>
                  , instead of{' '}
                  <Link to={promptPath(profile.profile, one.previous.id)}>
                    version {one.previous.version}
                  </Link>
                </>
              )}
            </p>
            <p className="at-soft">
              <Ago at={one.createdAt} />
              {' · '}
              {new Date(one.createdAt).toLocaleString()}
              {one.previous && (
                <>
                  {' · '}
                  <Link
                    to={promptPath(profile.profile, one.version.id, {
                      tab: 'changes',
                      against: String(one.previous.id),
                    })}
                  >
                    what changed
                  </Link>
                </>
              )}
            </p>
          </li>
        ))}
      </ol>
    </Card>
  );
}
