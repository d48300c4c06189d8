export { newUser as newUserBody } from '../../services/accounts.js';
