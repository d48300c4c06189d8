import React, { useEffect, useRef, useState, type ButtonHTMLAttributes, type ReactNode } from 'react';
import { Link } from 'react-router-dom';
import { ApiProblem, type Action, type Loaded } from './api.js';

/** A page: its heading, what can be done here, and its content. */
export function Page({
  title,
  lead,
  actions,
  back,
  children,
}: {
  title: ReactNode;
  /** A sentence under the heading. */
  lead?: ReactNode;
  actions?: ReactNode;
  back?: { to: string; label: string };
  children: ReactNode;
}): React.JSX.Element {
  useEffect(() => {
    if (typeof title === 'string') document.title = `${title} · Atelier`;
  }, [title]);
  return (
    <main className="at" id="content" tabIndex={-1}>
      {back && (
        <Link className="at-back" to={back.to}>
          ← {back.label}
        </Link>
      )}
      <header className="at-head">
        <div>
          <h1>{title}</h1>
          {lead !== undefined && <p className="at-lead">{lead}</p>}
        </div>
        {actions !== undefined && <div className="at-actions">{actions}</div>}
      </header>
      {children}
    </main>
  );
}

/** A titled part of a page. */
export function Card({
  title,
  actions,
  children,
  id,
}: {
  title?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  id?: string;
}): React.JSX.Element {
  return (
    <section className="at-card" id={id}>
      {(title !== undefined || actions !== undefined) && (
        <header className="at-card-head">
          {title !== undefined && <h2>{title}</h2>}
          {actions !== undefined && <div className="at-actions">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}

/** Says that something is on its way, once it takes long enough to be noticed. */
export function Loading({ what = 'Loading' }: { what?: string }): React.JSX.Element {
  return (
    <p className="at-loading" role="status">
      <span className="at-spinner" aria-hidden="true" />
      {what} …
    </p>
  );
}

/** An error in words, with each field in question and the way out. */
export function ErrorNote({ error, retry }: { error: Error; retry?: () => void }): React.JSX.Element {
  const problems = error instanceof ApiProblem ? error.problems : [];
  return (
    <div className="at-note at-bad" role="alert">
      <p>{error.message}</p>
      {problems.length > 1 && (
        <ul>
          {problems.map(({ field, message }) => (
            <li key={`${field} ${message}`}>
              <code>{field}</code> {message}
            </li>
          ))}
        </ul>
      )}
      {retry && <Button onClick={retry}>Try again</Button>}
    </div>
  );
}

/** What was loaded, or how far that is. */
export function Show<T>({
  of,
  what,
  children,
}: {
  of: Loaded<T>;
  what?: string;
  children: (data: T) => ReactNode;
}): React.JSX.Element {
  return (
    <>
      {of.error && <ErrorNote error={of.error} retry={of.reload} />}
      {of.loading && <Loading what={what} />}
      {of.data !== undefined && children(of.data)}
    </>
  );
}

/** Nothing is here: says so, and what would change that. */
export function Empty({ title, children }: { title: string; children?: ReactNode }): React.JSX.Element {
  return (
    <div className="at-empty">
      <p className="at-empty-title">{title}</p>
      {children}
    </div>
  );
}

type Look = 'plain' | 'primary' | 'danger' | 'quiet';

/** A button; `type` is `button` unless it says otherwise. */
export function Button({
  look = 'plain',
  busy = false,
  children,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { look?: Look; busy?: boolean }): React.JSX.Element {
  return (
    <button
      type="button"
      {...rest}
      className={`at-button at-${look}`}
      disabled={rest.disabled === true || busy}
      aria-busy={busy}
    >
      {busy && <span className="at-spinner" aria-hidden="true" />}
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function ButtonLink({
  to,
  look = 'plain',
  children,
}: {
  to: string;
  look?: Look;
  children: ReactNode;
}): React.JSX.Element {
  return (
    <Link to={to} className={`at-button at-${look}`}>
      {children}
    </Link>
  );
}

/** A field of a form with its label, help and, after a refusal, what is wrong with it. */
export function Field({
  label,
  help,
  error,
  name,
  children,
}: {
  label: string;
  help?: ReactNode;
  /** Of the action that sends the form; what concerns this field's name is shown here. */
  error?: Error;
  name?: string;
  children: ReactNode;
}): React.JSX.Element {
  const problem =
    error instanceof ApiProblem && name !== undefined
      ? error.problems.find(({ field }) => field === name || field.startsWith(`${name}.`))?.message
      : undefined;
  return (
    <label className={problem === undefined ? 'at-field' : 'at-field at-wrong'}>
      <span className="at-label">{label}</span>
      {children}
      {help !== undefined && <span className="at-hint">{help}</span>}
      {problem !== undefined && (
        <span className="at-problem" role="alert">
          {problem}
        </span>
      )}
    </label>
  );
}

/** A question over the page. Escape and a click beside it close it; the focus goes in, and back when it closes. */
export function Dialog({
  title,
  onClose,
  children,
  wide = false,
}: {
  title: string;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}): React.JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    const from = document.activeElement;
    if (dialog && !dialog.open) dialog.showModal();
    // The browser gives the focus back only to a dialog that is closed before it goes.
    return () => {
      if (from instanceof HTMLElement && from.isConnected) from.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      className={wide ? 'at at-dialog at-wide' : 'at at-dialog'}
      aria-label={title}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      <div className="at-dialog-body">
        <header className="at-card-head">
          <h2>{title}</h2>
          <Button look="quiet" onClick={onClose} aria-label="Close">
            ✕
          </Button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** A button whose action asks first. The question says what will happen. */
export function ConfirmButton({
  label,
  question,
  confirm = label,
  action,
  look = 'plain',
  disabled = false,
}: {
  label: string;
  question: ReactNode;
  confirm?: string;
  action: Action<[]>;
  look?: Look;
  disabled?: boolean;
}): React.JSX.Element {
  const [open, setOpen] = useState(false);
  const close = (): void => {
    action.clear();
    setOpen(false);
  };
  return (
    <>
      <Button look={look} disabled={disabled} onClick={() => setOpen(true)}>
        {label}
      </Button>
      {open && (
        <Dialog title={label} onClose={close}>
          <div className="at-stack">
            <div>{question}</div>
            {action.error && <ErrorNote error={action.error} />}
            <div className="at-actions">
              <Button
                look={look === 'danger' ? 'danger' : 'primary'}
                busy={action.busy}
                onClick={() => void action.run().then((done) => done && setOpen(false))}
              >
                {confirm}
              </Button>
              <Button onClick={close}>Not now</Button>
            </div>
          </div>
        </Dialog>
      )}
    </>
  );
}

/** Views of one thing, one at a time; arrow keys go from one to the next. */
export function Tabs<K extends string>({
  tabs,
  value,
  onChange,
  label,
}: {
  tabs: readonly { key: K; label: ReactNode }[];
  value: K;
  onChange: (key: K) => void;
  label: string;
}): React.JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const move = (by: number): void => {
    const at = tabs.findIndex(({ key }) => key === value);
    const to = (at + by + tabs.length) % tabs.length;
    const next = tabs[to];
    if (!next) return;
    onChange(next.key);
    // The focus goes along, as the keyboard is where the choice is.
    list.current?.querySelectorAll<HTMLElement>('[role="tab"]')[to]?.focus();
  };
  return (
    <div
      ref={list}
      className="at-tabs"
      role="tablist"
      aria-label={label}
      onKeyDown={(event) => {
        if (event.key === 'ArrowRight') move(1);
        if (event.key === 'ArrowLeft') move(-1);
      }}
    >
      {tabs.map((tab) => (
        <button
          key={tab.key}
          type="button"
          role="tab"
          aria-selected={tab.key === value}
          tabIndex={tab.key === value ? 0 : -1}
          onClick={() => onChange(tab.key)}
        >
          {tab.label}
        </button>
      ))}
    </div>
  );
}

/** A list that loads on by a button. */
export function More({ more }: { more: (() => void) | null }): React.JSX.Element | null {
  return (
    more && (
      <p className="at-more">
        <Button onClick={more}>Show more</Button>
      </p>
    )
  );
}

/** Names with their values. */
export function Facts({
  of,
}: {
  of: readonly (readonly [label: string, value: ReactNode] | null)[];
}): React.JSX.Element {
  return (
    <dl className="at-facts">
      {of.map(
        (fact) =>
          fact && (
            <div key={fact[0]}>
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
