import { types } from 'node:util';
import { QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';

/**
 * SQLSTATEs and socket codes that pass by themselves: connection exceptions (08), the server going down, coming
 * up or cutting us off (57P0x), a transaction that stood still too long (25P03), too few resources (53),
 * serialization failures and deadlocks (40001, 40P01), and a network that is away.
 */
const PASSING_CODE =
  /^(08|57P0|25P03|53|40001|40P01|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/;

/** What pg says without a code when a connection broke under it. */
const PASSING_MESSAGE =
  /Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect/;

/**
 * Whether an error says that Postgres, or the way to it, was away for the moment, so that the same work may
 * succeed later unchanged. Knows pg's errors, TypeORM's around them, and what TypeORM throws when a connection
 * broke between two statements of a transaction.
 */
export function isPassingDatabaseError(error: unknown): boolean {
  // By its slot, not by its class: a socket's error may come from another realm.
  if (!types.isNativeError(error)) return false;
  // TypeORM lets go of a transaction's connection the moment it breaks; the next statement finds it gone.
  if (
    error instanceof QueryRunnerAlreadyReleasedError ||
    error instanceof QueryRunnerProviderAlreadyReleasedError
  )
    return true;
  const { code, driverError } = error as { code?: unknown; driverError?: { code?: unknown } };
  const named = code ?? driverError?.code;
  return (typeof named === 'string' && PASSING_CODE.test(named)) || PASSING_MESSAGE.test(error.message);
}
