import { z } from 'zod';

export const promptParams = z.strictObject({ promptId: z.string() });
