import { createPostgresBackend } from 'bullmq';
import type { BackendFactory, PostgresConnectionOptions, PostgresQueueBackend } from 'bullmq';
import { sleep } from '../../../core/clock.js';

/** How long a worker relies on being notified before it looks by itself. BullMQ would wait up to an hour. */
const LONGEST_WAIT_S = 5;

/**
 * BullMQ's Postgres backend, made safe for a Postgres that goes and comes back:
 *
 * - It pauses after every failed claim. BullMQ pauses only after a refused connection; a Postgres that is
 *   starting up or out of connections answers otherwise, and the worker would ask again at once, some 300 times
 *   a second.
 * - It never waits for long. After an error BullMQ's next wait has no end but a notification, and that is lost
 *   when the listening connection dies in silence.
 * @param pauseMs after a failed claim
 */
export function patientPostgresBackend(
  pauseMs: number,
): BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> {
  return (name, options, extra) => {
    const backend = createPostgresBackend(name, options, extra);
    const claim = backend.moveToActive.bind(backend);
    backend.moveToActive = async (...args: Parameters<typeof claim>) => {
      try {
        return await claim(...args);
      } catch (error) {
        await sleep(pauseMs);
        throw error;
      }
    };
    const wait = backend.waitForJob.bind(backend);
    backend.waitForJob = (seconds: number) => wait(Math.min(seconds, LONGEST_WAIT_S));
    return backend;
  };
}
