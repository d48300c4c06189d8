import { z } from 'zod';
import type { DescribedSetting } from '../../services/settings.js';
import { iso, time } from './time.js';

/** One setting of the system: its value, its default and what it does. */
export const settingView = z
  .strictObject({
    key: z.string(),
    value: z.unknown(),
    default: z.unknown(),
    about: z.string(),
    form: z.record(z.string(), z.unknown()).describe('What a value must be, as JSON Schema.'),
    lastChange: z
      .strictObject({ at: time, byName: z.string().nullable() })
      .nullable()
      .describe('Told to administrators.'),
  })
  .meta({ id: 'SettingView' });
export type SettingView = z.infer<typeof settingView>;

/** A setting as the API shows it. @param isAdmin who changed it is for administrators */
export function presentSetting(setting: DescribedSetting, isAdmin: boolean): SettingView {
  const { lastChange } = setting;
  return {
    ...setting,
    lastChange: isAdmin && lastChange !== null ? { at: iso(lastChange.at), byName: lastChange.byName } : null,
  };
}
