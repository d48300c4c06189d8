import React, { useEffect, useState } from 'react';
import { NavLink, useLocation } from 'react-router-dom';
import { PAGE_GROUPS, PANEL_PAGES, type PanelPage } from '../pages.js';
import { useApi, type ListPage } from './api.js';
import { useMe, useRole } from './session.js';

/** A page's address. Home is where AdminJS has its dashboard. */
export function pagePath(name: string): string {
  return name === 'home' ? '/admin' : `/admin/pages/${name}`;
}

function Icon({ path }: { path: string }): React.JSX.Element {
  return (
    <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" className="at-icon">
      <path d={path} />
    </svg>
  );
}

function MenuLink({ page }: { page: PanelPage }): React.JSX.Element | null {
  const allowed = useRole(page.role);
  if (!allowed) return null;
  return (
    <li>
      <NavLink to={pagePath(page.name)} end className={({ isActive }) => (isActive ? 'at-here' : '')}>
        {page.icon !== undefined && <Icon path={page.icon} />}
        <span>{page.title}</span>
        {page.name === 'inbox' && <Waiting />}
      </NavLink>
    </li>
  );
}

/** How many gates wait for this person, kept up to date. */
function Waiting(): React.JSX.Element | null {
  const team = useRole('approver');
  const { data } = useApi<ListPage<unknown>>(
    `/approvals?status=pending&limit=100&scope=${team ? 'team' : 'mine'}`,
    15_000,
  );
  const waiting = data?.items.length ?? 0;
  if (waiting === 0) return null;
  return (
    <span className="at-count" aria-label={`${waiting} waiting`}>
      {data?.nextCursor === null ? waiting : `${waiting}+`}
    </span>
  );
}

/** The menu. On small screens AdminJS slides it in. */
export function Sidebar({ isVisible }: { isVisible: boolean }): React.JSX.Element {
  return (
    <nav className={`at at-menu ${isVisible ? 'at-open' : ''}`} aria-label="Main">
      <a className="at-skip" href="#content">
        Skip to the content
      </a>
      <NavLink to="/admin" end className="at-brand">
        <img src="/admin/assets/favicon.svg" alt="" width="28" height="28" />
        <span>Atelier</span>
      </NavLink>
      {PAGE_GROUPS.map((group) => (
        <Group key={group} title={group} pages={PANEL_PAGES.filter((page) => page.group === group)} />
      ))}
    </nav>
  );
}

function Group({ title, pages }: { title: string; pages: readonly PanelPage[] }): React.JSX.Element | null {
  const { role } = useMe();
  const mine = pages.filter((page) => RANKS.indexOf(role) >= RANKS.indexOf(page.role));
  if (mine.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <ul>
        {mine.map((page) => (
          <MenuLink key={page.name} page={page} />
        ))}
      </ul>
    </section>
  );
}

const RANKS: readonly string[] = ['viewer', 'submitter', 'approver', 'admin'];

/** The bar on top: the menu's button on small screens, and who is signed in. */
export function TopBar({ toggleSidebar }: { toggleSidebar: () => void }): React.JSX.Element {
  const me = useMe();
  const submitter = useRole('submitter');
  const [open, setOpen] = useState(false);
  const { pathname } = useLocation();
  useEffect(() => setOpen(false), [pathname]);
  return (
    <>
      <div className="at at-top">
        <button type="button" className="at-burger" aria-label="Menu" onClick={toggleSidebar}>
          <Icon path="M4 6h16M4 12h16M4 18h16" />
        </button>
        <span className="at-grow" />
        {submitter && (
          <NavLink to={pagePath('submit')} className="at-button at-primary">
            New mission
          </NavLink>
        )}
        <div className="at-who">
          <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
            <span className="at-avatar" aria-hidden="true">
              {me.name.slice(0, 1).toUpperCase()}
            </span>
            <span className="at-hidden">Account of {me.name}</span>
            <span className="at-who-name" aria-hidden="true">
              {me.name}
            </span>
          </button>
          {open && (
            <div className="at-who-menu">
              <p>
                <strong>{me.name}</strong>
                <br />
                {me.email} · {me.role}
              </p>
              <NavLink to={pagePath('account')}>Your account</NavLink>
              <a href="/docs">API</a>
              <form method="post" action="/admin/logout">
                <button type="submit" className="at-button">
                  Sign out
                </button>
              </form>
            </div>
          )}
        </div>
      </div>
      {me.mustChangePassword && !pathname.endsWith('/pages/account') && (
        <p className="at at-strip" role="status">
          Your password was given to you by somebody else.{' '}
          <NavLink to={pagePath('account')}>Choose your own</NavLink>
        </p>
      )}
    </>
  );
}
