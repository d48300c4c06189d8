import React, { useEffect, useRef, useState } from 'react';
import { Button, Dialog } from './kit.js';

const OFF = 'atelier:no-shortcuts';

/** A key, what it does in words, and the doing. */
export interface Shortcut {
  key: string;
  says: string;
  run: () => void;
  /** Several keys that do the same kind of thing are named once, by the first. */
  silent?: boolean;
}

/**
 * Keys for those who use them often, and a button that explains them. They do nothing while somebody types or a
 * dialog is open, and can be turned off, since software that speaks or listens presses keys, too.
 */
export function Shortcuts({ keys }: { keys: readonly Shortcut[] }): React.JSX.Element {
  const [open, setOpen] = useState(false);
  const [on, setOn] = useState(() => window.localStorage.getItem(OFF) === null);
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (document.querySelector('dialog[open]')) return;
      const at = event.target;
      if (at instanceof HTMLElement && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName)))
        return;
      if (event.key === '?') {
        event.preventDefault();
        setOpen(true);
        return;
      }
      const found = on ? latest.current.find(({ key }) => key === event.key) : undefined;
      if (!found) return;
      event.preventDefault();
      found.run();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [on]);
  return (
    <>
      <span className="at-desk-only">
        <Button look="quiet" onClick={() => setOpen(true)}>
          Keys <kbd>?</kbd>
        </Button>
      </span>
      {open && (
        <Dialog title="Keys" onClose={() => setOpen(false)}>
          <dl className="at-keys">
            {keys
              .filter(({ silent }) => silent !== true)
              .map(({ key, says }) => (
                <div key={key}>
                  <dt>
                    <kbd>{key}</kbd>
                  </dt>
                  <dd>{says}</dd>
                </div>
              ))}
          </dl>
          <label className="at-check">
            <input
              type="checkbox"
              checked={on}
              onChange={({ target }) => {
                setOn(target.checked);
                if (target.checked) window.localStorage.removeItem(OFF);
                else window.localStorage.setItem(OFF, '1');
              }}
            />
            Use these keys on this device
          </label>
        </Dialog>
      )}
    </>
  );
}
