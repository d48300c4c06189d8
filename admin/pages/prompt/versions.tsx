import React, { useEffect, useRef, useState } from 'react';
import { Link } from 'react-router-dom';
import { Ago } from '../../components/format.js';
import { Button } from '../../components/kit.js';
import { promptPath, StateBadge } from '../../components/prompt-state.js';
import type { Part } from './part.js';

/** As many are shown at first; nobody reads hundreds. */
const FIRST = 12;

/** A profile's versions, newest first, to choose from. The active one is marked, and never folded away. */
export function Versions({ profile, version: shown }: Omit<Part, 'go'>): React.JSX.Element {
  const [all, setAll] = useState(false);
  const { versions } = profile;
  const list = useRef<HTMLUListElement>(null);
  // On a phone the list lies on its side: what is chosen comes into sight without moving the page.
  useEffect(() => {
    const chosen = list.current?.querySelector<HTMLElement>('[aria-current]');
    if (list.current && chosen) list.current.scrollLeft = chosen.offsetLeft - list.current.offsetLeft - 20;
  }, [shown.id]);
  const listed = versions.filter(
    (one, at) => all || at < FIRST || one.isActive || one.id === shown.id || one.state === 'canary',
  );
  return (
    <nav className="at-prompt-versions" aria-label="Versions">
      <h2>Versions</h2>
      <ul ref={list}>
        {listed.map((one) => (
          <li key={one.id}>
            <Link
              to={promptPath(profile.profile, one.id)}
              aria-current={one.id === shown.id ? 'true' : undefined}
              className={one.isActive ? 'at-prompt-version at-in-use' : 'at-prompt-version'}
            >
              <span className="at-row">
                <strong>Version {one.version}</strong>
                <StateBadge version={one} profile={profile} />
              </span>
              <span className="at-one-line">{one.note ?? 'As it came with Atelier.'}</span>
              <span className="at-soft">
                {one.createdByName ?? 'Atelier'}, <Ago at={one.createdAt} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {listed.length < versions.length && (
        <Button look="quiet" onClick={() => setAll(true)}>
          Show {versions.length - listed.length} older versions
        </Button>
      )}
    </nav>
  );
}
