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
