import { z } from 'zod';

/** One setting of the system: its value, its default and what it does. */
export const settingView = z
  .strictObject({ key: z.string(), value: z.unknown(), default: z.unknown(), about: z.string() })
  .meta({ id: 'SettingView' });
export type SettingView = z.infer<typeof settingView>;
