import React, { useState } from 'react';
import { Link } from 'react-router-dom';
import type { ActivationView } from '../../src/http/presenters/prompt-history.js';
import type { PromptProfileView } from '../../src/http/presenters/prompt.js';
import { useApi, useList, type ListPage } from '../components/api.js';
import { Ago } from '../components/format.js';
import { Button, ButtonLink, Card, Empty, ErrorNote, Loading, Page } from '../components/kit.js';
import { profilePath, promptPath, StateBadge, versionOf } from '../components/prompt-state.js';
import { SwitchButton } from '../components/prompt-switch.js';
import { useRole } from '../components/session.js';

/** Versions on their way that a card names; the profile's page has all. */
const SHOWN = 3;

/** What each agent is told: the version in use, and what is on its way. */
export default function Prompts(): React.JSX.Element {
  const profiles = useList<PromptProfileView>('/prompts', 15_000);
  const [text, setText] = useState('');
  const [only, setOnly] = useState<'all' | 'open' | 'canary'>('all');
  const wanted = text.trim().toLowerCase();
  const found = profiles.items.filter(
    (one) =>
      `${one.label} ${one.profile} ${one.kind}`.toLowerCase().includes(wanted) &&
      (only === 'all' || (only === 'canary' ? one.canary !== null : openOf(one).length > 0)),
  );
  return (
    <Page
      title="Prompts"
      lead="What each agent is told. New missions take the active version; missions that have begun keep theirs."
    >
      <div className="at-filters">
        <label className="at-field at-wide">
          <span className="at-label">Find</span>
          <input
            type="search"
            value={text}
            placeholder="Agent or profile"
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <label className="at-field">
          <span className="at-label">Show</span>
          <select value={only} onChange={(event) => setOnly(event.target.value as typeof only)}>
            <option value="all">All agents</option>
            <option value="open">With versions on their way</option>
            <option value="canary">With a canary</option>
          </select>
        </label>
      </div>
      {profiles.error && <ErrorNote error={profiles.error} retry={profiles.reload} />}
      {profiles.loading && <Loading what="Loading the prompts" />}
      {!profiles.loading && !profiles.error && found.length === 0 && (
        <Card>
          <Empty title={profiles.items.length === 0 ? 'No prompts' : 'No agent is like that'}>
            {profiles.items.length === 0 ? (
              <p>Atelier writes the first version of each when it starts. Restart it, and look at its log.</p>
            ) : (
              <Button
                onClick={() => {
                  setText('');
                  setOnly('all');
                }}
              >
                Show all agents
              </Button>
            )}
          </Empty>
        </Card>
      )}
      <div className="at-prompts">
        {found.map((one) => (
          <Profile key={one.profile} profile={one} reload={profiles.reload} />
        ))}
      </div>
    </Page>
  );
}

/** Versions that are neither in use nor behind us. */
function openOf({ versions }: PromptProfileView): PromptProfileView['versions'] {
  return versions.filter(({ state }) => state === 'draft' || state === 'proposed' || state === 'approved');
}

function Profile({ profile, reload }: { profile: PromptProfileView; reload: () => void }): React.JSX.Element {
  const approver = useRole('approver');
  const active = versionOf(profile, profile.activeVersionId);
  const target = versionOf(profile, profile.rollbackVersionId);
  // Read again whenever another version is active; what stands behind # is not sent.
  const history = useApi<ListPage<ActivationView>>(
    `${profilePath(profile.profile)}/activations#${profile.activeVersionId ?? ''}`,
  );
  const last = history.data?.items[0];
  return (
    <Card
      title={
        <Link to={promptPath(profile.profile, profile.activeVersionId)}>
          {profile.label} <code className="at-soft">{profile.profile}</code>
        </Link>
      }
      actions={<span className="at-soft">{profile.kind}</span>}
    >
      <div className="at-stack">
        <div className="at-prompt-active">
          {active ? (
            <>
              <p className="at-row">
                <strong>Version {active.version}</strong>
                <StateBadge version={active} profile={profile} />
              </p>
              <p className="at-soft">
                {active.note ?? 'The first version, as it came with Atelier.'}
                <br />
                {last && (
                  <>
                    Made active <Ago at={last.createdAt} />
                    {last.byName === null ? '' : ` by ${last.byName}`}
                  </>
                )}
              </p>
            </>
          ) : (
            <p>
              <strong>No version is active.</strong> Missions that need it are not accepted. Activate one.
            </p>
          )}
        </div>
        <Coming profile={profile} />
        <div className="at-actions">
          <ButtonLink to={promptPath(profile.profile, profile.activeVersionId)}>Open</ButtonLink>
          {approver && (
            <ButtonLink to={promptPath(profile.profile, profile.activeVersionId, { edit: '1' })}>
              New draft
            </ButtonLink>
          )}
          {approver && target && (
            <SwitchButton profile={profile} target={target} way="rollback" onChanged={reload} />
          )}
        </div>
      </div>
    </Card>
  );
}

function Coming({ profile }: { profile: PromptProfileView }): React.JSX.Element {
  const canary = versionOf(profile, profile.canary?.versionId);
  const open = openOf(profile);
  const shown = [...(canary ? [canary] : []), ...open.slice(0, SHOWN)];
  if (shown.length === 0) return <p className="at-soft">Nothing is on its way.</p>;
  return (
    <ul className="at-coming" aria-label={`On the way for ${profile.label}`}>
      {shown.map((version) => (
        <li key={version.id}>
          <Link
            to={promptPath(profile.profile, version.id, version.id === canary?.id ? { tab: 'canary' } : {})}
          >
            Version {version.version}
          </Link>
          <StateBadge version={version} profile={profile} />
          <span className="at-soft at-one-line">{version.note ?? version.createdByName ?? ''}</span>
        </li>
      ))}
      {open.length > SHOWN && (
        <li className="at-soft">
          <Link to={promptPath(profile.profile, open[SHOWN]?.id)}>
            {open.length - SHOWN} more on their way
          </Link>
        </li>
      )}
    </ul>
  );
}
