/** What we know of the server: nothing yet, what is true, what was true at `asOf`, or that it can't be had. */
export type Knowledge = 'loading' | 'known' | 'stale' | 'failed';
