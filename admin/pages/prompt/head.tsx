import React from 'react';
import { Link } from 'react-router-dom';
import type { PromptView } from '../../../src/http/presenters/prompt.js';
import { call, useAction } from '../../components/api.js';
import { Ago } from '../../components/format.js';
import { ButtonLink, Card, ConfirmButton } from '../../components/kit.js';
import { Problems, promptPath, StateBadge, versionOf } from '../../components/prompt-state.js';
import { SwitchButton } from '../../components/prompt-switch.js';
import { useMe, useRole } from '../../components/session.js';
import type { Part } from './part.js';

type Shown = Omit<Part, 'go'> & { reload: () => void };

/** Which version is looked at, who stands for it, and what can be done with it. */
export function VersionHead({ profile, version, reload }: Shown): React.JSX.Element {
  const approver = useRole('approver');
  const base = versionOf(profile, version.basedOnId);
  const active = versionOf(profile, profile.activeVersionId);
  return (
    <Card
      title={
        <span className="at-row">
          Version {version.version} <StateBadge version={version} profile={profile} />
        </span>
      }
      actions={approver && <Actions profile={profile} version={version} reload={reload} />}
    >
      <p className="at-version-note">{version.note ?? 'The first version, as it came with Atelier.'}</p>
      <p className="at-soft">
        Written by {version.createdByName ?? 'Atelier'}, <Ago at={version.createdAt} />
        {base && (
          <>
            , from <Link to={promptPath(profile.profile, base.id)}>version {base.version}</Link>
          </>
        )}
        {version.proposedAt !== null && (
          <>
            {' '}
            · proposed by {version.proposedByName ?? 'somebody'}, <Ago at={version.proposedAt} />
          </>
        )}
        {version.approvedAt !== null && (
          <>
            {' '}
            · approved by {version.approvedByName ?? 'somebody'}, <Ago at={version.approvedAt} />
          </>
        )}
      </p>
      {!version.isActive && active && (
        <p className="at-not-active">
          {version.state === 'canary' && profile.canary
            ? `About ${profile.canary.percent} % of new missions get it; the others get the active one, `
            : 'This is not what new missions get: active is '}
          <Link to={promptPath(profile.profile, active.id)}>version {active.version}</Link>.
        </p>
      )}
      <Problems of={version} />
    </Card>
  );
}

function Actions({ profile, version, reload }: Shown): React.JSX.Element {
  const me = useMe();
  const step = (verb: 'propose' | 'approve') => async () => {
    await call<PromptView>('POST', `/prompts/${version.id}/${verb}`, {});
    reload();
  };
  const propose = useAction(step('propose'));
  const approve = useAction(step('approve'));
  const target = versionOf(profile, profile.rollbackVersionId);
  const before = !version.isActive && version.state !== 'retired';
  // An author's own approval does not keep another person from approving.
  const adds = version.approvedBy === version.createdBy && version.approvedBy !== me.id;
  return (
    <>
      <ButtonLink to={promptPath(profile.profile, version.id, { edit: '1' })}>New draft from this</ButtonLink>
      {before && version.status === 'draft' && (
        <ConfirmButton
          label="Propose"
          question="Others see that you ask for approval of this version. Nothing is put into use by that."
          action={propose}
        />
      )}
      {before && (version.status !== 'approved' || adds) && (
        <ConfirmButton
          label="Approve"
          question={`Your name stands with version ${version.version} from then on: it may be put into use. It is not put into use by that; an activation or a canary does.`}
          action={approve}
        />
      )}
      {version.state === 'canary' && (
        <ButtonLink to={promptPath(profile.profile, version.id, { tab: 'canary' })}>
          How the canary does
        </ButtonLink>
      )}
      {!version.isActive && version.state !== 'canary' && (
        <SwitchButton profile={profile} target={version} way="activate" onChanged={reload} />
      )}
      {version.isActive && target && (
        <SwitchButton profile={profile} target={target} way="rollback" onChanged={reload} />
      )}
    </>
  );
}
