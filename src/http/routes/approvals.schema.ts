import { z } from 'zod';

export { decisionInput as decisionBody } from '../../services/approvals.js';

export const approvalParams = z.strictObject({ approvalId: z.string() });
