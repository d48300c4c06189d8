import { createPostgresBackend } from 'bullmq';
import type { BackendFactory, PostgresConnectionOptions, PostgresQueueBackend } from 'bullmq';
import { sleep } from '../../../core/clock.js';

/**
 * BullMQ's Postgres backend, with a pause after every failed claim. BullMQ pauses only after a refused
 * connection; a Postgres that is starting up, or cuts its connections, answers otherwise, and the worker would
 * ask again at once, thousands of times a second.
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
    return backend;
  };
}
