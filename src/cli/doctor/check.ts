/** How one thing is: fine, worth knowing, or in the way of all work. */
export type CheckState = 'ok' | 'note' | 'broken';

/** One line of the doctor's report. */
export interface Check {
  name: string;
  state: CheckState;
  /** What was found. */
  found: string;
  /** The way out, where there is something to mend or to gain. */
  advice?: string;
}

export const ok = (name: string, found: string): Check => ({ name, state: 'ok', found });
export const note = (name: string, found: string, advice?: string): Check => ({
  name,
  state: 'note',
  found,
  advice,
});
export const broken = (name: string, found: string, advice: string): Check => ({
  name,
  state: 'broken',
  found,
  advice,
});
