import * as React from 'react';

/** What a plot is drawn with; colours are the theme's, by their use. */
export interface Pen {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly colors: Colors;
  readonly font: string;
}

export interface Colors {
  readonly text: string;
  readonly quiet: string;
  readonly rule: string;
  readonly axis: string;
  readonly main: string;
  readonly second: string;
  readonly ground: string;
}

const TOKENS: Record<keyof Colors, string> = {
  text: '--jp-ui-font-color1',
  quiet: '--jp-inverse-layout-color4',
  rule: '--jp-border-color2',
  axis: '--jp-border-color1',
  main: '--jp-brand-color1',
  second: '--jp-warn-color0',
  ground: '--jp-layout-color1'
};

/**
 * A drawing as wide as there is room. It is drawn anew when `draw` is another function, when its width changes and
 * when the theme does. `label` says what it shows, for those who do not see it.
 */
export function Plot(props: {
  label: string;
  height: number;
  draw: (pen: Pen) => void;
  children?: React.ReactNode;
  onPoint?: (x: number, y: number) => void;
  /** Of very many points: first comes what stands around it, then the drawing. */
  isHeavy?: boolean;
}): JSX.Element {
  const { draw, height, onPoint, isHeavy } = props;
  const isDrawn = React.useRef(false);
  const canvas = React.useRef<HTMLCanvasElement>(null);
  const frame = React.useRef<HTMLDivElement>(null);
  React.useLayoutEffect(() => {
    const [node, box] = [canvas.current, frame.current];
    if (!node || !box) {
      return;
    }
    let width = box.clientWidth;
    const redraw = (): void => {
      isDrawn.current = true;
      paint(node, width, height, draw);
    };
    const forget = isHeavy && !isDrawn.current ? afterNextFrame(redraw) : redraw();
    // It tells of the first size, too, which is drawn already.
    const sizes = new ResizeObserver(() => {
      if (box.clientWidth !== width) {
        width = box.clientWidth;
        redraw();
      }
    });
    sizes.observe(box);
    const themes = new MutationObserver(redraw);
    const { body } = node.ownerDocument;
    themes.observe(body, { attributes: true, attributeFilter: ['data-jp-theme-name', 'class'] });
    return () => {
      forget?.();
      sizes.disconnect();
      themes.disconnect();
    };
  }, [draw, height, isHeavy]);
  return (
    <div className="jp-Dh-plot" ref={frame}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={props.label}
        style={{ height }}
        onClick={({ nativeEvent }) => onPoint?.(nativeEvent.offsetX, nativeEvent.offsetY)}
      />
      {props.children}
    </div>
  );
}

/** Calls back once a frame has been shown; what it gives prevents that. */
function afterNextFrame(act: () => void): () => void {
  let asked = requestAnimationFrame(() => {
    asked = requestAnimationFrame(act);
  });
  return () => cancelAnimationFrame(asked);
}

function paint(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  draw: (pen: Pen) => void
): void {
  const context = width > 0 ? canvas.getContext('2d') : null;
  if (!context) {
    return;
  }
  const scale = canvas.ownerDocument.defaultView?.devicePixelRatio ?? 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas);
  const colors = Object.fromEntries(
    Object.entries(TOKENS).map(([use, token]) => [use, style.getPropertyValue(token).trim()])
  ) as unknown as Colors;
  const font = `11px ${style.getPropertyValue('--jp-ui-font-family') || 'sans-serif'}`;
  context.font = font;
  draw({ context, width, height, colors, font });
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A text beside a point; `align` is the side of the point on which it lies. */
export function write(
  { context, colors, font }: Pen,
  text: string,
  x: number,
  y: number,
  align: CanvasTextAlign = 'left',
  isStrong = false
): void {
  context.font = isStrong ? `600 ${font}` : font;
  context.fillStyle = colors.text;
  context.globalAlpha = isStrong ? 1 : 0.8;
  context.textAlign = align;
  context.textBaseline = 'middle';
  context.fillText(text, x, y);
  context.globalAlpha = 1;
}

type Points = readonly (readonly [number, number])[];

export function line(pen: Pen, points: Points, color: string, width = 1, alpha = 1): void {
  lines(pen, [points], color, width, alpha);
}

/** Lines at once: where they cross they are no darker. */
export function lines(
  { context }: Pen,
  all: readonly Points[],
  color: string,
  width = 1,
  alpha = 1
): void {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.globalAlpha = alpha;
  context.beginPath();
  for (const points of all) {
    points.forEach(([x, y], index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
  }
  context.stroke();
  context.globalAlpha = 1;
}

/** Thousands of points: a square is drawn many times faster than a disc. */
export function specks({ context }: Pen, points: Points, color: string): void {
  context.fillStyle = color;
  context.globalAlpha = 0.5;
  for (const [x, y] of points) {
    context.fillRect(x - 1, y - 1, 2, 2);
  }
  context.globalAlpha = 1;
}

export function dot(
  { context }: Pen,
  x: number,
  y: number,
  radius: number,
  color: string,
  alpha = 1
): void {
  context.fillStyle = color;
  context.globalAlpha = alpha;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
  context.globalAlpha = 1;
}
