import { z } from 'zod';
import { personText } from '../../services/sessions.js';

export const sourceQuery = z.strictObject({
  name: personText(255).optional().describe('What to call it; `upload` unless told.'),
});

export const archiveBody = z.instanceof(Buffer);
