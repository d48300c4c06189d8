import React, { useDeferredValue, useState } from 'react';
import type { NewUserView, UserView } from '../../src/http/presenters/user.js';
import type { UserRole } from '../../src/core/vocabulary.js';
import { call, useAction, useList } from '../components/api.js';
import { Badge } from '../components/badge.js';
import { Ago } from '../components/format.js';
import {
  Button,
  Card,
  ConfirmButton,
  Dialog,
  Empty,
  ErrorNote,
  Field,
  Loading,
  More,
  Page,
} from '../components/kit.js';
import { ShownOnce } from '../components/once.js';
import { useMe } from '../components/session.js';

/** What each role may do, in words. */
const ROLES: Readonly<Record<UserRole, string>> = {
  viewer: 'Looks at their own sessions',
  submitter: 'Submits missions',
  approver: 'Decides at gates, sees the team’s work',
  admin: 'Looks after users, settings and keys',
};
const ROLE_NAMES = Object.keys(ROLES) as UserRole[];

/** Everybody who can sign in. */
export default function Users(): React.JSX.Element {
  const [filter, setFilter] = useState({ q: '', role: '', active: '' });
  const [adding, setAdding] = useState(false);
  const [changing, setChanging] = useState<UserView>();
  const [told, setTold] = useState<NewUserView>();
  const q = useDeferredValue(filter.q.trim());
  const query = new URLSearchParams({ limit: '50' });
  if (q !== '') query.set('q', q);
  if (filter.role !== '') query.set('role', filter.role);
  if (filter.active !== '') query.set('active', filter.active);
  const users = useList<UserView>(`/users?${query.toString()}`);
  return (
    <Page
      title="Users"
      lead="Who can sign in, and what they may do."
      actions={
        <Button look="primary" onClick={() => setAdding(true)}>
          Add a user
        </Button>
      }
    >
      <div className="at-filters">
        <Field label="Name or e-mail address">
          <input
            type="search"
            value={filter.q}
            onChange={(event) => setFilter({ ...filter, q: event.target.value })}
          />
        </Field>
        <Field label="Role">
          <select
            value={filter.role}
            onChange={(event) => setFilter({ ...filter, role: event.target.value })}
          >
            <option value="">All</option>
            {ROLE_NAMES.map((role) => (
              <option key={role}>{role}</option>
            ))}
          </select>
        </Field>
        <Field label="State">
          <select
            value={filter.active}
            onChange={(event) => setFilter({ ...filter, active: event.target.value })}
          >
            <option value="">All</option>
            <option value="true">active</option>
            <option value="false">deactivated</option>
          </select>
        </Field>
      </div>
      <Card>
        {users.error && <ErrorNote error={users.error} retry={users.reload} />}
        {users.loading && <Loading what="Loading users" />}
        {!users.loading && !users.error && users.items.length === 0 && (
          <Empty title="Nobody matches">Look for less, or add a user.</Empty>
        )}
        {users.items.length > 0 && (
          <table className="at-table at-cards">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Role</th>
                <th scope="col">State</th>
                <th scope="col">Last login</th>
                <th scope="col">
                  <span className="at-sr">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {users.items.map((user) => (
                <Row
                  key={user.id}
                  user={user}
                  change={() => setChanging(user)}
                  tell={setTold}
                  reload={users.reload}
                />
              ))}
            </tbody>
          </table>
        )}
        <More more={users.more} />
      </Card>
      {adding && (
        <AddUser
          onClose={() => setAdding(false)}
          onMade={(user) => {
            setAdding(false);
            setTold(user);
            users.reload();
          }}
        />
      )}
      {changing && (
        <ChangeUser
          user={changing}
          onClose={() => setChanging(undefined)}
          onChanged={() => {
            setChanging(undefined);
            users.reload();
          }}
        />
      )}
      {told?.oneTimePassword && (
        <ShownOnce
          title={`One-time password of ${told.name}`}
          secret={told.oneTimePassword}
          onClose={() => setTold(undefined)}
        >
          Give it to {told.name} ({told.email}) over a way you trust. At the first login they are asked to
          choose their own.
        </ShownOnce>
      )}
    </Page>
  );
}

function Row({
  user,
  change,
  tell,
  reload,
}: {
  user: UserView;
  change: () => void;
  tell: (user: NewUserView) => void;
  reload: () => void;
}): React.JSX.Element {
  const me = useMe();
  const reset = useAction(async () => {
    tell(await call<NewUserView>('POST', `/users/${user.id}/password`));
    reload();
  });
  const activate = useAction(async () => {
    await call('PATCH', `/users/${user.id}`, { isActive: !user.isActive });
    reload();
  });
  const isMe = user.id === me.id;
  return (
    <tr>
      <td className="at-title">
        <strong>{user.name}</strong>
        {isMe && <span className="at-soft"> (you)</span>}
        <br />
        <span className="at-soft">{user.email}</span>
      </td>
      <td data-label="Role">{user.role}</td>
      <td data-label="State">
        <span>
          {user.isActive ? <Badge status="active" /> : <Badge status="deactivated" tone="idle" />}
          {user.mustChangePassword && user.isActive && (
            <>
              {' '}
              <Badge status="one-time password" tone="warn" />
            </>
          )}
        </span>
      </td>
      <td data-label="Last login">
        <Ago at={user.lastLoginAt} />
      </td>
      <td className="at-right">
        <div className="at-actions at-end">
          <Button onClick={change} aria-label={`Change ${user.name}`}>
            Change
          </Button>
          <ConfirmButton
            label="New password"
            action={reset}
            question={
              <>
                {user.name} gets a one-time password, which you are shown once. Their logins end; their API
                tokens stay.
              </>
            }
            confirm="Make a password"
          />
          {user.isActive ? (
            <ConfirmButton
              label="Deactivate"
              look="danger"
              action={activate}
              question={
                <>
                  {isMe ? 'You are' : `${user.name} is`} signed out at once and cannot sign in. API tokens are
                  revoked for good. Sessions and their history stay.
                </>
              }
            />
          ) : (
            <ConfirmButton
              label="Activate"
              action={activate}
              question={
                <>{user.name} can sign in again, with the password from before. API tokens stay revoked.</>
              }
            />
          )}
        </div>
      </td>
    </tr>
  );
}

function RoleField({
  value,
  onChange,
  error,
}: {
  value: UserRole;
  onChange: (role: UserRole) => void;
  error?: Error;
}): React.JSX.Element {
  return (
    <Field label="Role" name="role" error={error} help={ROLES[value]}>
      <select
        value={value}
        onChange={(event) => onChange(ROLE_NAMES.find((role) => role === event.target.value) ?? value)}
      >
        {ROLE_NAMES.map((role) => (
          <option key={role}>{role}</option>
        ))}
      </select>
    </Field>
  );
}

function AddUser({
  onClose,
  onMade,
}: {
  onClose: () => void;
  onMade: (user: NewUserView) => void;
}): React.JSX.Element {
  const [wish, setWish] = useState<{ email: string; name: string; role: UserRole }>({
    email: '',
    name: '',
    role: 'submitter',
  });
  const add = useAction(async () => onMade(await call<NewUserView>('POST', '/users', wish)));
  return (
    <Dialog title="Add a user" onClose={onClose}>
      <form
        className="at-form"
        onSubmit={(event) => {
          event.preventDefault();
          void add.run();
        }}
      >
        {add.error && <ErrorNote error={add.error} />}
        <Field label="Name" name="name" error={add.error}>
          <input
            value={wish.name}
            maxLength={255}
            required
            onChange={(event) => setWish({ ...wish, name: event.target.value })}
          />
        </Field>
        <Field label="E-mail address" name="email" error={add.error}>
          <input
            type="email"
            value={wish.email}
            maxLength={320}
            required
            onChange={(event) => setWish({ ...wish, email: event.target.value })}
          />
        </Field>
        <RoleField value={wish.role} onChange={(role) => setWish({ ...wish, role })} error={add.error} />
        <p className="at-hint">They get a one-time password, which you are shown once.</p>
        <div className="at-actions">
          <Button type="submit" look="primary" busy={add.busy}>
            Add
          </Button>
          <Button onClick={onClose}>Not now</Button>
        </div>
      </form>
    </Dialog>
  );
}

function ChangeUser({
  user,
  onClose,
  onChanged,
}: {
  user: UserView;
  onClose: () => void;
  onChanged: () => void;
}): React.JSX.Element {
  const [name, setName] = useState(user.name);
  const [role, setRole] = useState<UserRole>(user.role);
  const change = useAction(async () => {
    await call('PATCH', `/users/${user.id}`, { name, role });
    onChanged();
  });
  return (
    <Dialog title={`Change ${user.name}`} onClose={onClose}>
      <form
        className="at-form"
        onSubmit={(event) => {
          event.preventDefault();
          void change.run();
        }}
      >
        {change.error && <ErrorNote error={change.error} />}
        <Field label="Name" name="name" error={change.error}>
          <input value={name} maxLength={255} required onChange={(event) => setName(event.target.value)} />
        </Field>
        <RoleField value={role} onChange={setRole} error={change.error} />
        <p className="at-hint">It holds from their next request on.</p>
        <div className="at-actions">
          <Button type="submit" look="primary" busy={change.busy}>
            Save
          </Button>
          <Button onClick={onClose}>Not now</Button>
        </div>
      </form>
    </Dialog>
  );
}
