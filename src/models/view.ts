/** How small and how large a drawing may become. */
const LEAST = 0.2;
const MOST = 2;

/** A scale that can be read and still shows something. */
export const within = (scale: number): number => Math.min(MOST, Math.max(LEAST, scale));

/** The scale at which a drawing fits into a frame; never larger than life. */
export function fitting(
  drawing: { width: number; height: number },
  frame: { width: number; height: number }
): number {
  const fit = Math.min(
    frame.width / Math.max(1, drawing.width),
    frame.height / Math.max(1, drawing.height)
  );
  return within(Math.min(1, fit));
}

/** Where to scroll to, so that the point `at` (from the frame's edge) stays where it is while the scale changes. */
export const scrolled = (scroll: number, at: number, before: number, after: number): number =>
  Math.max(0, ((scroll + at) * after) / before - at);
