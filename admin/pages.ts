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
  {
    name: 'agents',
    title: 'Agent settings',
    group: 'Agents',
    role: 'approver',
    icon: 'M12 3v3M7 6h10a3 3 0 0 1 3 3v7a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3V9a3 3 0 0 1 3-3zM9 12h.01M15 12h.01M9 16h6',
  },
  {
    name: 'metrics',
    title: 'Metrics',
    group: 'Observe',
    role: 'approver',
    icon: 'M3 3v18h18M7 15l4-5 3 3 5-7',
  },
  {
    name: 'queues',
    title: 'Queue',
    group: 'Observe',
    role: 'approver',
    icon: 'M4 6h16M4 12h10M4 18h6M17 14v6M14 17l3 3 3-3',
  },
  {
    name: 'audit',
    title: 'Audit log',
    group: 'Observe',
    role: 'admin',
    icon: 'M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6zM9 12l2 2 4-4',
  },
  {
    name: 'users',
    title: 'Users',
    group: 'System',
    role: 'admin',
    icon: 'M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21a7 7 0 0 1 14 0M17 4a4 4 0 0 1 0 7M18 15a7 7 0 0 1 4 6',
  },
  {
    name: 'settings',
    title: 'Settings',
    group: 'System',
    role: 'admin',
    icon: 'M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4',
  },
  {
    name: 'policies',
    title: 'Policies',
    group: 'System',
    role: 'approver',
    icon: 'M12 3v18M5 7h14M5 7l-3 7a3 3 0 0 0 6 0zM19 7l-3 7a3 3 0 0 0 6 0zM8 21h8',
  },
  {
    name: 'webhooks',
    title: 'Webhooks',
    group: 'System',
    role: 'admin',
    icon: 'M10 8a3 3 0 1 1 4 2.8l3 5.2M14 16h5a3 3 0 1 1-2.6 4.5M11 11l-3 5a3 3 0 1 1-4-2',
  },
  { name: 'account', title: 'Your account', group: null, role: 'viewer' },
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
