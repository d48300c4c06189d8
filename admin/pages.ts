import type { UserRole } from '../src/core/vocabulary.js';

/** A page of the panel. Its component is `admin/pages/<name>.tsx`, its address `/admin/pages/<name>`. */
export interface PanelPage {
  name: string;
  title: string;
  /** Its place in the menu; null for pages that others lead to. */
  group: PageGroup | null;
  /** A path of Lucide's 24 × 24 icons, drawn with a stroke. */
  icon?: string;
  /** Who may open it: this role or a higher one. The API behind it decides anew, whatever the page shows. */
  role: UserRole;
}

export const PAGE_GROUPS = ['Work', 'Agents', 'Observe', 'System'] as const;
export type PageGroup = (typeof PAGE_GROUPS)[number];

/** The one list of pages: the menu, the guard, the bundle and the tests are made from it. */
export const PANEL_PAGES = [
  {
    name: 'home',
    title: 'Home',
    group: 'Work',
    role: 'viewer',
    icon: 'M3 10.5 12 3l9 7.5V21h-6v-6H9v6H3z',
  },
  {
    name: 'inbox',
    title: 'Inbox',
    group: 'Work',
    role: 'viewer',
    icon: 'M22 12h-6l-2 3h-4l-2-3H2M5.5 5h13L22 12v7H2v-7z',
  },
  { name: 'review', title: 'Review', group: null, role: 'viewer' },
  {
    name: 'sessions',
    title: 'Sessions',
    group: 'Work',
    role: 'viewer',
    icon: 'M8 6h13M8 12h13M8 18h13M3 6h.01M3 12h.01M3 18h.01',
  },
  { name: 'session', title: 'Session', group: null, role: 'viewer' },
  { name: 'compare', title: 'Two sessions side by side', group: null, role: 'viewer' },
  { name: 'submit', title: 'New mission', group: null, role: 'submitter' },
  {
    name: 'prompts',
    title: 'Prompts',
    group: 'Agents',
    role: 'viewer',
    icon: 'M21 12a8 8 0 0 1-11.6 7.1L3 21l1.9-6.4A8 8 0 1 1 21 12zM8.5 10h7M8.5 14h4.5',
  },
  { name: 'prompt', title: 'Prompt version', group: null, role: 'viewer' },
  {
    name: 'executions',
    title: 'Executions',
    group: 'Observe',
    role: 'viewer',
    icon: 'M22 12h-4l-3 9L9 3l-3 9H2',
  },
] as const satisfies readonly PanelPage[];
