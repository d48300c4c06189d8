import React, { useState } from 'react';
import type { AgentSettingsView } from '../../src/http/presenters/agent-settings.js';
import { call, useAction, useApi, type ListPage } from '../components/api.js';
import { AgentForm } from '../components/agent-form.js';
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
import { useRole } from '../components/session.js';
import { UsageMeter } from '../components/usage.js';

/** Which models the agents call, with whose keys, and within which limits. */
export default function Agents(): React.JSX.Element {
  const agents = useApi<ListPage<AgentSettingsView>>('/settings/agents', 15_000);
  const admin = useRole('admin');
  return (
    <Page
      title="Agent settings"
      lead={`Which model each agent calls, with whose key, and what it may use per day.${admin ? '' : ' An administrator changes them.'}`}
    >
      <Show of={agents} what="Loading the agents">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="There are no agents">They are made when the server starts.</Empty>
          ) : (
            items.map((agent) => <Agent key={agent.profile} agent={agent} reload={agents.reload} />)
          )
        }
      </Show>
    </Page>
  );
}

const NAMES: Readonly<Record<string, string>> = {
  pm: 'Product manager',
  arch: 'Architect',
  eng: 'Engineer',
  qa: 'QA',
};

function Agent({ agent, reload }: { agent: AgentSettingsView; reload: () => void }): React.JSX.Element {
  const admin = useRole('admin');
  const [changing, setChanging] = useState(false);
  const [keying, setKeying] = useState(false);
  const pause = useAction(async () => {
    await call('PATCH', `/settings/agents/${agent.profile}`, { paused: agent.pausedAt === null });
    reload();
  });
  const forget = useAction(async () => {
    await call('DELETE', `/settings/agents/${agent.profile}/key`);
    reload();
  });
  const name = NAMES[agent.profile] ?? agent.profile;
  const overrides = Object.entries(agent.envOverrides);
  return (
    <Card
      id={`agent-${agent.profile}`}
      title={
        <>
          {name} <code className="at-soft">{agent.profile}</code>{' '}
          {agent.pausedAt === null ? (
            agent.problem === null ? (
              agent.inUse?.startsWith('rehearsal:') === true ? (
                <Badge status="demonstration" tone="note" />
              ) : (
                <Badge status="ready" tone="good" />
              )
            ) : (
              <Badge status="cannot be called" tone="bad" />
            )
          ) : (
            <Badge status="paused" tone="warn" />
          )}
        </>
      }
      actions={
        admin && (
          <>
            <Button onClick={() => setChanging(true)} aria-label={`Change ${name}`}>
              Change
            </Button>
            <Button
              onClick={() => setKeying(true)}
              aria-label={`${agent.key.source === 'own' ? 'Replace the key' : 'Set a key'} of ${name}`}
            >
              {agent.key.source === 'own' ? 'Replace the key' : 'Set a key'}
            </Button>
            {agent.key.source === 'own' && (
              <ConfirmButton
                label="Remove the key"
                look="danger"
                action={forget}
                question="The key is forgotten for good. From then on the key of the environment is used, if there is one; else the agent cannot be called."
              />
            )}
            <ConfirmButton
              label={agent.pausedAt === null ? 'Pause' : 'Resume'}
              action={pause}
              question={
                agent.pausedAt === null
                  ? `${name} makes no calls until it is resumed. Calls under way are finished; missions that need it stop and say so, and can be retried afterwards.`
                  : `${name} makes calls again. Missions that stopped meanwhile are not retried by themselves.`
              }
            />
          </>
        )
      }
    >
      <div className="at-stack">
        {agent.problem !== null && <p className="at-note at-bad">{agent.problem}</p>}
        {agent.inUse?.startsWith('rehearsal:') === true && (
          <p className="at-hint">
            No key was found, so recorded answers stand in for a model: they serve the demonstration mission
            alone. Set a key, or another provider’s address.
          </p>
        )}
        {agent.pausedAt !== null && (
          <p className="at-note at-warn">
            Paused <Ago at={agent.pausedAt} />: sessions that need it stop.
          </p>
        )}
        <Facts
          of={[
            ['Provider', agent.provider],
            ['Model', agent.model ?? 'whatever the environment is set up for'],
            ['The next call goes to', agent.inUse === null ? 'nothing' : <code>{agent.inUse}</code>],
            [
              'If that stays away',
              agent.fallback === null
                ? 'nobody is asked'
                : `${agent.fallback.provider}:${agent.fallback.model}`,
            ],
            [
              'Key',
              agent.key.source === 'own'
                ? `its own, ${agent.key.lastFour === null ? 'too short to show any of it' : `ends with ${agent.key.lastFour}`}`
                : agent.key.source === 'env'
                  ? 'from the environment'
                  : 'none',
            ],
            ['Signs in by', agent.authType.replaceAll('_', ' ')],
          ]}
        />
        {overrides.length > 0 && (
          <Facts of={overrides.map(([key, value]) => [key, <code key={key}>{value}</code>] as const)} />
        )}
        <UsageMeter agent={agent} label="Used today" />
        {agent.today.unpricedCalls > 0 && (
          <p className="at-hint">
            {agent.today.unpricedCalls} calls had no known price. Prices can be added under Settings,
            “modelPrices”.
          </p>
        )}
      </div>
      {changing && (
        <AgentForm
          agent={agent}
          name={name}
          onClose={() => setChanging(false)}
          onChanged={() => {
            setChanging(false);
            reload();
          }}
        />
      )}
      {keying && (
        <KeyForm
          agent={agent}
          name={name}
          onClose={() => setKeying(false)}
          onSet={() => {
            setKeying(false);
            reload();
          }}
        />
      )}
    </Card>
  );
}

function KeyForm({
  agent,
  name,
  onClose,
  onSet,
}: {
  agent: AgentSettingsView;
  name: string;
  onClose: () => void;
  onSet: () => void;
}): React.JSX.Element {
  const [apiKey, setApiKey] = useState('');
  const set = useAction(async () => {
    await call('PUT', `/settings/agents/${agent.profile}/key`, { apiKey: apiKey.trim() });
    onSet();
  });
  return (
    <Dialog title={`The key of ${name}`} onClose={onClose}>
      <form
        className="at-form"
        onSubmit={(event) => {
          event.preventDefault();
          void set.run();
        }}
      >
        {set.error && <ErrorNote error={set.error} />}
        <Field
          label={`Key for ${agent.provider}`}
          name="apiKey"
          error={set.error}
          help="It is kept encrypted and never shown again; of long keys you see the last four characters."
        >
          <input
            type="password"
            autoComplete="off"
            spellCheck={false}
            required
            value={apiKey}
            onChange={(event) => setApiKey(event.target.value)}
          />
        </Field>
        {agent.key.source === 'own' && <p className="at-hint">The key that is stored now is replaced.</p>}
        <div className="at-actions">
          <Button type="submit" look="primary" busy={set.busy} disabled={apiKey.trim() === ''}>
            Store the key
          </Button>
          <Button onClick={onClose}>Not now</Button>
        </div>
      </form>
    </Dialog>
  );
}
