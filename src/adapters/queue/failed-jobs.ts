import type { Job } from 'bullmq';
import { runJob } from './jobs.js';
import type { FailedDelivery } from './port.js';

/** What we use of BullMQ's `Queue`, whose full type differs with its backend. */
interface JobStore {
  getFailed(start: number, end: number): Promise<(Job | undefined)[]>;
  getJob(id: string): Promise<Job | undefined>;
}

/** The failed jobs that BullMQ keeps, newest first. */
export async function failedJobs(queue: JobStore, limit: number): Promise<FailedDelivery[]> {
  // A job that is removed while the list is read comes as none.
  const jobs = (await queue.getFailed(0, limit - 1)).filter((job) => job !== undefined && job !== null);
  return jobs.map((job) => ({
    id: job.id ?? '',
    sessionId: runJob.safeParse(job.data).data?.sessionId ?? null,
    problem: job.failedReason ?? '',
    failedAt: job.finishedOn === undefined ? null : new Date(job.finishedOn),
  }));
}

/** Removes a job that failed. One in another state stays, as a worker may be at it. */
export async function forgetFailedJob(queue: JobStore, id: string): Promise<void> {
  const job = await queue.getJob(id);
  if (job && (await job.isFailed())) await job.remove();
}
