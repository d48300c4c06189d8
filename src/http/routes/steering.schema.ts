import { z } from 'zod';
import { forkInput, rerunInput } from '../../engine/steering.js';

export const rerunBody = rerunInput;
/** A fork from the newest state needs no body. */
export const forkBody = forkInput.optional();
export const compareParams = z.strictObject({ sessionId: z.string(), otherId: z.string() });
