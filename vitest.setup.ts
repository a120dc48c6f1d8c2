import { vi } from 'vitest';

// What jsdom lacks and Lab's packages touch when imported.
class Observer {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
Object.assign(globalThis, {
  ResizeObserver: Observer,
  IntersectionObserver: Observer,
  requestIdleCallback: (callback: () => void) => setTimeout(callback),
  DragEvent: class DragEvent extends Event {},
  matchMedia: () => ({ matches: false, addEventListener() {}, removeEventListener() {} })
});

// What is waited for comes: on a machine with much else to do, late.
const { waitFor } = vi;
vi.waitFor = (check, options = { timeout: 30_000 }) => waitFor(check, options);
