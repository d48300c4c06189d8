import { z } from 'zod';

export const executionParams = z.strictObject({ executionId: z.string() });

export const callParams = z.strictObject({ executionId: z.string(), number: z.string() });
