/** A run's state as a person reads it. */
export type Phase = 'queued' | 'starting' | 'running' | 'succeeded' | 'failed' | 'stopped';

const PHASES: Record<string, Phase> = {
  CREATED: 'queued',
  BUILT: 'queued',
  READY: 'queued',
  PENDING: 'starting',
  RUNNING: 'running',
  STOP: 'running',
  COMPLETED: 'succeeded',
  ERROR: 'failed',
  STOPPED: 'stopped'
};

/** Stored states of what waits or runs, as a list is asked for them. */
export const ACTIVE = 'CREATED,BUILT,READY,PENDING,RUNNING,STOP';

/** Phase of a stored state; one that we do not know counts as queued, since nothing is seen to run. */
export function phaseOf(state: string | undefined): Phase {
  return PHASES[state ?? ''] ?? 'queued';
}

/** Whether a run of this phase will change no more. */
export function isOver(phase: Phase): boolean {
  return phase === 'succeeded' || phase === 'failed' || phase === 'stopped';
}
