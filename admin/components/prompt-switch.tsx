import React, { useState } from 'react';
import { Link } from 'react-router-dom';
import type { PromptProfileView, PromptVersionView, PromptView } from '../../src/http/presenters/prompt.js';
import { ApiProblem, call, useAction } from './api.js';
import { Ago } from './format.js';
import { Button, Dialog, ErrorNote } from './kit.js';
import { profilePath, promptPath, versionName } from './prompt-state.js';

/**
 * Activates a version, or rolls back to it, after a question that says what will happen. What the person saw as active
 * goes along, so that nobody overwrites what somebody else has just put into use.
 */
export function SwitchButton({
  profile,
  target,
  way,
  onChanged,
}: {
  profile: PromptProfileView;
  target: PromptVersionView;
  way: 'activate' | 'rollback';
  /** Something is active that was not: after the change, or when somebody else's is found. */
  onChanged: () => void;
}): React.JSX.Element {
  const [seen, setSeen] = useState<PromptProfileView | null>(null);
  const action = useAction(async () => {
    const body = { expectedActiveVersionId: seen?.activeVersionId ?? null };
    const path =
      way === 'activate' ? `/prompts/${target.id}/activate` : `${profilePath(profile.profile)}/rollback`;
    await call<PromptView>('POST', path, body);
    onChanged();
  });
  const close = (): void => {
    action.clear();
    setSeen(null);
  };
  const label =
    way === 'activate' ? `Activate version ${target.version}` : `Roll back to version ${target.version}`;
  return (
    <>
      <Button
        look={way === 'activate' ? 'primary' : 'danger'}
        disabled={target.problems.length > 0}
        title={target.problems.length > 0 ? 'Missions cannot use this version.' : undefined}
        onClick={() => setSeen(profile)}
      >
        {label}
      </Button>
      {seen && (
        <Dialog title={`${label}?`} onClose={close}>
          {isStale(action.error) ? (
            <Stale
              problem={action.error}
              profile={seen}
              target={target}
              look={() => {
                onChanged();
                close();
              }}
            />
          ) : (
            <div className="at-stack">
              <Question profile={seen} target={target} way={way} />
              {action.error && <ErrorNote error={action.error} />}
              <div className="at-actions">
                <Button
                  look={way === 'activate' ? 'primary' : 'danger'}
                  busy={action.busy}
                  onClick={() => void action.run().then((done) => done && close())}
                >
                  {label}
                </Button>
                <Button onClick={close}>Not now</Button>
              </div>
            </div>
          )}
        </Dialog>
      )}
    </>
  );
}

function Question({
  profile,
  target,
  way,
}: {
  profile: PromptProfileView;
  target: PromptVersionView;
  way: 'activate' | 'rollback';
}): React.JSX.Element {
  const { canary } = profile;
  return (
    <>
      <p>
        From now on every new mission’s {profile.label} is told <strong>version {target.version}</strong>
        {profile.activeVersionId === null
          ? ''
          : `, instead of ${versionName(profile, profile.activeVersionId)}`}
        . Missions that have begun keep the version they have.
      </p>
      {target.note !== null && <p className="at-soft">“{target.note}”</p>}
      {canary && (
        <p>
          {canary.versionId === target.id
            ? 'The canary that runs with it ends as promoted.'
            : `The canary of ${versionName(profile, canary.versionId)} ends: what it is compared with is gone.`}
        </p>
      )}
      <p className="at-soft">
        {way === 'activate'
          ? 'One click rolls it back.'
          : `${sentence(versionName(profile, profile.activeVersionId))} stays in the list, and can be activated again.`}
      </p>
    </>
  );
}

type StaleProblem = ApiProblem & { code: 'stale_expectation' };

function isStale(error: Error | undefined): error is StaleProblem {
  return error instanceof ApiProblem && error.code === 'stale_expectation';
}

function Stale({
  problem,
  profile,
  target,
  look,
}: {
  problem: StaleProblem;
  profile: PromptProfileView;
  target: PromptVersionView;
  look: () => void;
}): React.JSX.Element {
  const { activeVersion, activeVersionId, activatedByName, activatedAt } = problem.details;
  const by = typeof activatedByName === 'string' ? activatedByName : 'Atelier';
  return (
    <div className="at-stack">
      <div className="at-note at-warn" role="alert">
        <p>
          <strong>Somebody was faster; nothing was changed.</strong>{' '}
          {typeof activeVersion === 'number'
            ? `${by} made version ${activeVersion} the active one`
            : 'No version is active any more'}
          {typeof activatedAt === 'string' && (
            <>
              {' '}
              (<Ago at={activatedAt} />)
            </>
          )}
          , while this page still showed {versionName(profile, profile.activeVersionId)}.
        </p>
      </div>
      <p>Look at what is active now, and then decide again.</p>
      <div className="at-actions">
        <Button look="primary" onClick={look}>
          Look anew
        </Button>
        {typeof activeVersionId === 'number' && activeVersionId !== target.id && (
          <Link
            className="at-button"
            to={promptPath(profile.profile, target.id, { tab: 'changes', against: String(activeVersionId) })}
            onClick={look}
          >
            Compare with version {String(activeVersion)}
          </Link>
        )}
      </div>
    </div>
  );
}

const sentence = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
