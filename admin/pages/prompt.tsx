import React, { useCallback } from 'react';
import { useSearchParams } from 'react-router-dom';
import type { PromptProfileView, PromptView } from '../../src/http/presenters/prompt.js';
import { useApi } from '../components/api.js';
import { ButtonLink, Card, Empty, Page, Show, Tabs } from '../components/kit.js';
import { profilePath, versionOf, type PromptTab } from '../components/prompt-state.js';
import { useRole } from '../components/session.js';
import { CanaryPart } from './prompt/canary.js';
import { Changes } from './prompt/changes.js';
import { Editor } from './prompt/editor.js';
import { VersionHead } from './prompt/head.js';
import { History } from './prompt/history.js';
import { Outcomes } from './prompt/outcomes.js';
import { PromptText } from './prompt/text.js';
import { Tryouts } from './prompt/tryouts.js';
import { UsedBy } from './prompt/used.js';
import { Versions } from './prompt/versions.js';

const BACK = { to: '/admin/pages/prompts', label: 'Prompts' };
const EVERY = 15_000;

/** A profile's prompt: its versions, and one of them from all sides. */
export default function PromptPage(): React.JSX.Element {
  const [params] = useSearchParams();
  const id = Number(params.get('version') ?? '') || null;
  const named = params.get('profile') ?? '';
  // Who knows a version alone gets its profile from it.
  const lone = useApi<PromptView>(named === '' && id !== null ? `/prompts/${id}` : null);
  const name = named === '' ? (lone.data?.profile ?? '') : named;
  const profile = useApi<PromptProfileView>(name === '' ? null : profilePath(name), EVERY);
  if (named === '' && id === null)
    return (
      <Page title="Prompt" back={BACK}>
        <Card>
          <Empty title="Which prompt?">
            <ButtonLink to={BACK.to}>Choose an agent</ButtonLink>
          </Empty>
        </Card>
      </Page>
    );
  if (profile.data) return <Profile key={name} profile={profile.data} wanted={id} reload={profile.reload} />;
  return (
    <Page title="Prompt" back={BACK}>
      <Show of={lone}>{() => null}</Show>
      <Show of={profile} what="Loading the prompt">
        {() => null}
      </Show>
    </Page>
  );
}

function Profile({
  profile,
  wanted,
  reload,
}: {
  profile: PromptProfileView;
  wanted: number | null;
  reload: () => void;
}): React.JSX.Element {
  const [params, setParams] = useSearchParams();
  const approver = useRole('approver');
  const shown =
    versionOf(profile, wanted ?? profile.activeVersionId) ??
    (wanted === null ? profile.versions[0] : undefined);
  const go = useCallback(
    (change: Readonly<Record<string, string | null>>, replace = false) =>
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          next.set('profile', profile.profile);
          for (const [key, value] of Object.entries(change))
            if (value === null) next.delete(key);
            else next.set(key, value);
          return next;
        },
        { replace },
      ),
    [profile.profile, setParams],
  );
  const active = versionOf(profile, profile.activeVersionId);
  const title = `${profile.label}’s prompt`;
  if (!shown)
    return (
      <Page title={title} back={BACK}>
        <Card>
          <Empty title={wanted === null ? 'This agent has no prompt yet' : 'This agent has no such version'}>
            <ButtonLink to={BACK.to}>All prompts</ButtonLink>
          </Empty>
        </Card>
      </Page>
    );
  if (approver && params.get('edit') === '1')
    return (
      <Page
        title={`New draft of ${profile.label}’s prompt`}
        lead={`Based on version ${shown.version}. No mission uses it before somebody activates it.`}
        back={{ to: `?profile=${encodeURIComponent(profile.profile)}&version=${shown.id}`, label: title }}
      >
        <Editor
          key={shown.id}
          profile={profile}
          base={shown}
          onSaved={(made) => {
            reload();
            go({ version: String(made.id), edit: null, tab: null, against: null });
          }}
        />
      </Page>
    );
  return (
    <Page
      title={title}
      lead={
        active
          ? `Version ${active.version} is active: every new mission gets it${profile.canary ? `, but for ${profile.canary.percent} % that get a canary` : ''}.`
          : 'No version is active: missions that need this agent are not accepted.'
      }
      back={BACK}
    >
      <div className="at-prompt">
        <Versions profile={profile} version={shown} />
        <div className="at-prompt-main">
          <VersionHead profile={profile} version={shown} reload={reload} />
          <Parts profile={profile} id={shown.id} reload={reload} go={go} />
        </div>
      </div>
    </Page>
  );
}

function Parts({
  profile,
  id,
  reload,
  go,
}: {
  profile: PromptProfileView;
  id: number;
  reload: () => void;
  go: (change: Readonly<Record<string, string | null>>, replace?: boolean) => void;
}): React.JSX.Element | null {
  const [params] = useSearchParams();
  const submitter = useRole('submitter');
  const approver = useRole('approver');
  const version = versionOf(profile, id);
  const tabs: { key: PromptTab; label: string }[] = [
    { key: 'text', label: 'Text' },
    { key: 'changes', label: 'Changes' },
    ...(submitter ? [{ key: 'outcomes', label: 'Outcomes' } as const] : []),
    ...(approver ? [{ key: 'tryout', label: 'Try out' } as const] : []),
    { key: 'canary', label: profile.canary ? 'Canary (runs)' : 'Canary' },
    { key: 'used', label: 'Missions' },
    { key: 'history', label: 'History' },
  ];
  const tab = tabs.find(({ key }) => key === params.get('tab'))?.key ?? 'text';
  if (!version) return null;
  const part = { profile, version, go };
  return (
    <>
      <Tabs
        tabs={tabs}
        value={tab}
        label="Views of the version"
        onChange={(key) => go({ tab: key === 'text' ? null : key }, true)}
      />
      {tab === 'text' && <PromptText key={id} version={version} />}
      {tab === 'changes' && <Changes {...part} against={Number(params.get('against')) || null} />}
      {tab === 'outcomes' && <Outcomes {...part} />}
      {tab === 'tryout' && <Tryouts key={id} {...part} shown={params.get('tryout')} />}
      {tab === 'canary' && <CanaryPart key={id} {...part} reload={reload} />}
      {tab === 'used' && <UsedBy version={version} />}
      {tab === 'history' && <History profile={profile} />}
    </>
  );
}
