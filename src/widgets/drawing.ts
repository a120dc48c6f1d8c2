import * as React from 'react';
import { fitting, scrolled, within } from '../models/view';

/** A drawing larger than its frame: scrolled by Lab's own scrolling, dragged by the mouse, zoomed with Ctrl and the wheel. */
export interface View {
  /** Begins the ids of its elements. */
  readonly id: string;
  readonly frame: React.RefObject<HTMLDivElement>;
  readonly scale: number;
  readonly zoom: (factor: number) => void;
  readonly fit: () => void;
  readonly dragging: Pick<
    React.HTMLAttributes<HTMLElement>,
    'onPointerDown' | 'onPointerMove' | 'onPointerUp' | 'onPointerCancel'
  >;
}

export function useView(drawing: { width: number; height: number }): View {
  const frame = React.useRef<HTMLDivElement>(null);
  const id = React.useId().replace(/:/g, '');
  const [scale, setScale] = React.useState(1);
  /** Where to scroll once the new scale is drawn. */
  const after = React.useRef<{ left: number; top: number } | null>(null);
  const grip = React.useRef<{ x: number; y: number; left: number; top: number } | null>(null);

  const zoomAt = (factor: number, x: number, y: number): void => {
    const seen = frame.current;
    const next = within(scale * factor);
    if (seen && next !== scale) {
      after.current = {
        left: scrolled(seen.scrollLeft, x, scale, next),
        top: scrolled(seen.scrollTop, y, scale, next)
      };
      setScale(next);
    }
  };
  React.useLayoutEffect(() => {
    if (after.current) {
      frame.current?.scrollTo({ ...after.current, behavior: 'instant' });
      after.current = null;
    }
  }, [scale]);
  React.useEffect(() => {
    const seen = frame.current;
    // React's own listener is passive: the page would zoom as well.
    const onWheel = (event: WheelEvent): void => {
      if (seen && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        const { left, top } = seen.getBoundingClientRect();
        zoomAt(Math.exp(-event.deltaY / 400), event.clientX - left, event.clientY - top);
      }
    };
    seen?.addEventListener('wheel', onWheel, { passive: false });
    return () => seen?.removeEventListener('wheel', onWheel);
  });
  const middle = (): [number, number] => {
    const { clientWidth = 0, clientHeight = 0 } = frame.current ?? {};
    return [clientWidth / 2, clientHeight / 2];
  };
  const letGo = (): void => {
    grip.current = null;
  };
  return {
    id,
    frame,
    scale,
    zoom: factor => zoomAt(factor, ...middle()),
    fit: () => {
      const { clientWidth: width = 0, clientHeight: height = 0 } = frame.current ?? {};
      setScale(fitting(drawing, { width, height }));
    },
    dragging: {
      onPointerDown: ({ button, target, currentTarget, clientX, clientY, pointerId }) => {
        const isGround = target instanceof Element && !target.closest('button');
        if (button === 0 && isGround) {
          const { scrollLeft: left, scrollTop: top } = currentTarget;
          grip.current = { x: clientX, y: clientY, left, top };
          currentTarget.setPointerCapture(pointerId);
        }
      },
      onPointerMove: ({ currentTarget, clientX, clientY }) => {
        if (grip.current) {
          currentTarget.scrollLeft = grip.current.left + grip.current.x - clientX;
          currentTarget.scrollTop = grip.current.top + grip.current.y - clientY;
        }
      },
      onPointerUp: letGo,
      onPointerCancel: letGo
    }
  };
}
