import React from 'react';
import type { PromptProfileView, PromptVersionView } from '../../src/http/presenters/prompt.js';
import { Badge } from './badge.js';

/** The views of a prompt version, as `tab` in the page's address has them. */
export type PromptTab = 'text' | 'changes' | 'outcomes' | 'tryout' | 'canary' | 'used' | 'history';

/** The address of a version's page. @param version an id; the active one unless told */
export function promptPath(
  profile: string,
  version?: number | null,
  more: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams({
    profile,
    ...(version !== undefined && version !== null && { version: String(version) }),
    ...more,
  });
  return `/admin/pages/prompt?${query.toString()}`;
}

/** The API's path of a profile's prompts. */
export function profilePath(profile: string): string {
  return `/prompts/profiles/${encodeURIComponent(profile)}`;
}

/** A profile's version by its id. */
export function versionOf(
  { versions }: PromptProfileView,
  id: number | null | undefined,
): PromptVersionView | undefined {
  return versions.find((one) => one.id === id);
}

/** `version 3`, also where the version is not in the list any more. */
export function versionName(profile: PromptProfileView, id: number | null): string {
  if (id === null) return 'no version';
  const found = versionOf(profile, id);
  return found ? `version ${found.version}` : `the version with the id ${id}`;
}

/** Where a version stands, a canary with its share. */
export function StateBadge({
  version,
  profile,
}: {
  version: PromptVersionView;
  profile: PromptProfileView;
}): React.JSX.Element {
  const share = profile.canary?.percent;
  return version.state === 'canary' && share !== undefined ? (
    <Badge status="canary" label={`canary ${share} %`} />
  ) : (
    <Badge status={version.state} />
  );
}

/** Why missions cannot use a version, in words; nothing when they can. */
export function Problems({ of: { problems } }: { of: PromptVersionView }): React.JSX.Element | null {
  if (problems.length === 0) return null;
  return (
    <div className="at-note at-warn">
      <p>
        <strong>Missions cannot use this version.</strong> It cannot be activated; a new draft with the right
        variables can.
      </p>
      <ul>
        {problems.map(({ field, message }) => (
          <li key={`${field} ${message}`}>
            <code>{`{{${field}}}`}</code> {message}
          </li>
        ))}
      </ul>
    </div>
  );
}
