import React, { useState } from 'react';
import type { NewTokenView, TokenView } from '../../src/http/presenters/token.js';
import { call, useAction, useApi, type ListPage, type Loaded } from '../components/api.js';
import { Badge } from '../components/badge.js';
import { Ago } from '../components/format.js';
import {
  Button,
  Card,
  ConfirmButton,
  Dialog,
  Empty,
  ErrorNote,
  Facts,
  Field,
  Page,
  Show,
} from '../components/kit.js';
import { MailWishes } from '../components/mail-wishes.js';
import { ShownOnce } from '../components/once.js';
import { useMe } from '../components/session.js';

/** What a person looks after themselves: their password, their tokens for programs, and where they are signed in. */
export default function Account(): React.JSX.Element {
  const me = useMe();
  const tokens = useApi<ListPage<TokenView>>('/tokens');
  return (
    <Page title="Your account">
      <Card>
        <Facts
          of={[
            ['Name', me.name],
            ['E-mail address', me.email],
            ['Role', me.role],
          ]}
        />
      </Card>
      <Password />
      <MailWishes />
      <Tokens tokens={tokens} />
      <Logins tokens={tokens} />
    </Page>
  );
}

function Password(): React.JSX.Element {
  const { mustChangePassword } = useMe();
  const [wish, setWish] = useState({ current: '', password: '', again: '' });
  const [said, setSaid] = useState<string>();
  const differs = wish.again !== '' && wish.again !== wish.password;
  const change = useAction(async () => {
    const { current, password } = wish;
    const { endedLogins } = await call<{ endedLogins: number }>('POST', '/me/password', {
      current,
      password,
    });
    setWish({ current: '', password: '', again: '' });
    setSaid(
      `Your password is changed. ${endedLogins === 0 ? 'You were signed in nowhere else.' : `${endedLogins} other login${endedLogins === 1 ? '' : 's'} ended.`}`,
    );
    // The page's own knowledge of the person is from when it was loaded.
    if (mustChangePassword) window.location.reload();
  });
  const field = (name: keyof typeof wish, autoComplete: string) => (
    <input
      type="password"
      autoComplete={autoComplete}
      value={wish[name]}
      required
      onChange={(event) => {
        setSaid(undefined);
        setWish({ ...wish, [name]: event.target.value });
      }}
    />
  );
  return (
    <Card title="Password">
      {mustChangePassword && (
        <p className="at-note at-warn">
          Your password was given to you by somebody else. Choose your own now.
        </p>
      )}
      {said !== undefined && (
        <p className="at-note at-good" role="status">
          {said}
        </p>
      )}
      {change.error && <ErrorNote error={change.error} />}
      <form
        className="at-form at-narrow"
        onSubmit={(event) => {
          event.preventDefault();
          if (!differs) void change.run();
        }}
      >
        <Field label="Current password" name="current" error={change.error}>
          {field('current', 'current-password')}
        </Field>
        <Field label="New password" name="password" error={change.error} help="At least 12 characters.">
          {field('password', 'new-password')}
        </Field>
        <Field label="New password again" help={differs ? 'This is not the same password.' : undefined}>
          {field('again', 'new-password')}
        </Field>
        <p className="at-hint">Your other logins end. API tokens stay.</p>
        <div className="at-actions">
          <Button
            type="submit"
            look="primary"
            busy={change.busy}
            disabled={differs || wish.current === '' || wish.password.length < 12 || wish.again === ''}
          >
            Change the password
          </Button>
        </div>
      </form>
    </Card>
  );
}

const isLive = (token: TokenView): boolean =>
  token.revokedAt === null && (token.expiresAt === null || Date.parse(token.expiresAt) > Date.now());

function Tokens({ tokens }: { tokens: Loaded<ListPage<TokenView>> }): React.JSX.Element {
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<NewTokenView>();
  return (
    <Card
      title="API tokens"
      actions={
        <Button look="primary" onClick={() => setAdding(true)}>
          New token
        </Button>
      }
    >
      <p className="at-hint at-below">
        For programs and the command line: whoever has one acts as you, with your role.
      </p>
      <Show of={tokens} what="Loading your tokens">
        {({ items }) => {
          const shown = items.filter(({ isLogin }) => !isLogin);
          if (shown.length === 0)
            return <Empty title="You have no API tokens">Make one to use the API or the command line.</Empty>;
          return (
            <table className="at-table at-cards">
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">Ends with</th>
                  <th scope="col">Last used</th>
                  <th scope="col">Expires</th>
                  <th scope="col">
                    <span className="at-sr">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {shown.map((token) => (
                  <tr key={token.id}>
                    <td className="at-title">{token.name}</td>
                    <td data-label="Ends with">
                      <code>…{token.lastFour}</code>
                    </td>
                    <td data-label="Last used">
                      <Ago at={token.lastUsedAt} />
                    </td>
                    <td data-label="Expires">
                      {token.expiresAt === null ? 'never' : <Ago at={token.expiresAt} />}
                    </td>
                    <td className="at-right">
                      {isLive(token) ? (
                        <Revoke token={token} what="token" done={tokens.reload} />
                      ) : (
                        <Badge status="ended" label={token.revokedAt === null ? 'expired' : 'revoked'} />
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          );
        }}
      </Show>
      {adding && (
        <NewToken
          onClose={() => setAdding(false)}
          onMade={(token) => {
            setAdding(false);
            setMade(token);
            tokens.reload();
          }}
        />
      )}
      {made && (
        <ShownOnce title={`The token “${made.name}”`} secret={made.token} onClose={() => setMade(undefined)}>
          Send it as <code>Authorization: Bearer …</code>, or set <code>ATELIER_TOKEN</code> for the command
          line.
        </ShownOnce>
      )}
    </Card>
  );
}

function NewToken({
  onClose,
  onMade,
}: {
  onClose: () => void;
  onMade: (token: NewTokenView) => void;
}): React.JSX.Element {
  const [name, setName] = useState('');
  const [days, setDays] = useState('90');
  const make = useAction(async () => {
    const expiresInDays = days === '' ? undefined : Number(days);
    onMade(await call<NewTokenView>('POST', '/tokens', { name, expiresInDays }));
  });
  return (
    <Dialog title="New API token" onClose={onClose}>
      <form
        className="at-form"
        onSubmit={(event) => {
          event.preventDefault();
          void make.run();
        }}
      >
        {make.error && <ErrorNote error={make.error} />}
        <Field label="Name" name="name" error={make.error} help="What will use it, such as “build server”.">
          <input value={name} onChange={(event) => setName(event.target.value)} required maxLength={255} />
        </Field>
        <Field label="Valid for" name="expiresInDays" error={make.error}>
          <select value={days} onChange={(event) => setDays(event.target.value)}>
            <option value="7">a week</option>
            <option value="30">30 days</option>
            <option value="90">90 days</option>
            <option value="365">a year</option>
            <option value="">ever, until it is revoked</option>
          </select>
        </Field>
        <div className="at-actions">
          <Button type="submit" look="primary" busy={make.busy} disabled={name.trim() === ''}>
            Make the token
          </Button>
          <Button onClick={onClose}>Not now</Button>
        </div>
      </form>
    </Dialog>
  );
}

function Revoke({
  token,
  what,
  done,
}: {
  token: TokenView;
  what: 'token' | 'login';
  done: () => void;
}): React.JSX.Element {
  const revoke = useAction(async () => {
    await call('DELETE', `/tokens/${token.id}`);
    done();
  });
  return (
    <ConfirmButton
      label={what === 'token' ? 'Revoke' : 'End'}
      look="danger"
      action={revoke}
      question={
        what === 'token' ? (
          <>
            Whatever uses “{token.name}” is refused from the next request on. A revoked token cannot be
            brought back.
          </>
        ) : (
          'Whoever uses this login has to sign in again.'
        )
      }
    />
  );
}

function Logins({ tokens }: { tokens: Loaded<ListPage<TokenView>> }): React.JSX.Element {
  return (
    <Card title="Where you are signed in">
      <Show of={tokens} what="Loading your logins">
        {({ items }) => {
          const shown = items.filter((token) => (token.isLogin || token.isCurrent) && isLive(token));
          return shown.length === 0 ? (
            <Empty title="No logins">You use a token.</Empty>
          ) : (
            <table className="at-table at-cards">
              <thead>
                <tr>
                  <th scope="col">Signed in</th>
                  <th scope="col">Last used</th>
                  <th scope="col">Ends</th>
                  <th scope="col">
                    <span className="at-sr">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {shown.map((token) => (
                  <tr key={token.id}>
                    <td data-label="Signed in">
                      <Ago at={token.createdAt} />
                    </td>
                    <td data-label="Last used">
                      <Ago at={token.lastUsedAt} />
                    </td>
                    <td data-label="Ends">
                      {token.expiresAt === null ? 'never' : <Ago at={token.expiresAt} />}
                    </td>
                    <td className="at-right">
                      {token.isCurrent ? (
                        <Badge status="current" tone="good" label="this one" />
                      ) : (
                        <Revoke token={token} what="login" done={tokens.reload} />
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          );
        }}
      </Show>
    </Card>
  );
}
