import { z } from 'zod';
import { budgetExtension } from '../../services/budgets.js';

export const extensionBody = z.strictObject({ add: budgetExtension });
