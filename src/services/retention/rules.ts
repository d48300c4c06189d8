import type { SettingValues } from '../settings.js';

/** Checkpoints that a finished session keeps once its time for forks is over: its last state, which a rerun needs. */
export const checkpointsKeptPerFinishedSession = 1;

/** Since when a content that nobody refers to must be in the store before it is let go of, in hours. */
export const storeGraceHours = 48;

/** How long what is kept is kept, by the settings. */
export interface RetentionPeriods {
  /** Days after a session's end that what its models saw and answered is kept. */
  callBodyDays: number;
  /** Days that an uploaded project waits for a session to start from it. */
  unusedSourceDays: number;
  /** Days that what was sent to people and webhooks, or given up, is kept. */
  noticeDays: number;
  /** Days after a session's end that it can be forked from every saved state. */
  forkableDays: number;
}

/** The periods as the settings have them. */
export function periodsOf(settings: SettingValues): RetentionPeriods {
  const { callBodyDays, unusedSourceDays, noticeDays, forkableDays } = settings;
  return { callBodyDays, unusedSourceDays, noticeDays, forkableDays };
}
