import React from 'react';

type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'idle' | 'note';

/** What each status means for the one who looks: finished well, broken, waits for a person, works, is over. */
const TONES: Readonly<Record<string, Tone>> = {
  completed: 'good',
  complete: 'good',
  approved: 'good',
  active: 'good',
  settled: 'good',
  delivered: 'good',
  failed: 'bad',
  rejected: 'bad',
  error: 'bad',
  dead: 'bad',
  needs_attention: 'warn',
  awaiting_approval: 'warn',
  changes_requested: 'warn',
  pending: 'note',
  draft: 'note',
  proposed: 'warn',
  canary: 'busy',
  running: 'busy',
  expired: 'idle',
  cancelled: 'idle',
  superseded: 'idle',
  interrupted: 'idle',
  retired: 'idle',
};

/** A status in its colour, and in words for those who do not see it. */
export function Badge({
  status,
  tone,
  label,
}: {
  status: string;
  tone?: Tone;
  label?: string;
}): React.JSX.Element {
  return (
    <span className={`at-badge at-tone-${tone ?? TONES[status] ?? 'idle'}`}>
      {label ?? status.replaceAll('_', ' ')}
    </span>
  );
}
