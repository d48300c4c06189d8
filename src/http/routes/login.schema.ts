export { credentials as loginBody } from '../../services/accounts.js';
