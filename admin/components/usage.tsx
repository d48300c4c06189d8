import React from 'react';
import type { AgentSettingsView } from '../../src/http/presenters/agent-settings.js';
import { Meter } from './chart.js';
import { count, money } from './format.js';

/** An amount in a profile's unit. */
export function amount(unit: AgentSettingsView['usageUnit'], value: number): string {
  if (unit === 'usd') return money(value);
  return `${count(value)} ${unit === 'runs' && value === 1 ? 'run' : unit}`;
}

/** What a profile used today, against its limit. */
export function UsageMeter({
  agent,
  label,
}: {
  agent: AgentSettingsView;
  label?: string;
}): React.JSX.Element {
  const { usageUnit: unit, dailyLimit, hardLimit, today } = agent;
  const used = today.used[unit];
  const reserved = today.reserved[unit];
  const limit =
    dailyLimit === 0
      ? 'no limit'
      : `of ${amount(unit, dailyLimit)}, ${hardLimit ? 'hard limit' : 'soft limit'}`;
  const held = reserved > 0 ? `, ${amount(unit, reserved)} held` : '';
  return (
    <Meter
      label={label ?? agent.profile}
      used={used}
      reserved={reserved}
      limit={dailyLimit}
      words={`${amount(unit, used)}${dailyLimit === 0 ? ',' : ''} ${limit}${held}`}
    />
  );
}
