import { MimeData } from '@lumino/coreutils';
import { Drag } from '@lumino/dragdrop';
import type * as React from 'react';
import type { Entity } from '../_contract';

/** The type under which notebooks take cells. */
const CELLS = 'application/vnd.jupyter.cells';
/** Pixels that the pointer moves before a click becomes a drag. */
const THRESHOLD = 5;

/** The code of the cell that a dropped entity becomes. */
export type DragRow = (entity: Entity) => string;

/** Begins a drag of a row's entity once the pointer has moved far enough with its button down. */
export function dragOf(
  code: DragRow
): (entity: Entity, event: React.PointerEvent<HTMLElement>) => void {
  return (entity, { button, clientX, clientY, currentTarget }) => {
    if (button !== 0) {
      return;
    }
    const page = currentTarget.ownerDocument;
    const ended = new AbortController();
    const { signal } = ended;
    const move = (event: PointerEvent): void => {
      if (Math.hypot(event.clientX - clientX, event.clientY - clientY) >= THRESHOLD) {
        ended.abort();
        void start(code(entity), entity.name, event.clientX, event.clientY, page);
      }
    };
    page.addEventListener('pointermove', move, { signal });
    page.addEventListener('pointerup', () => ended.abort(), { signal });
    page.addEventListener('pointercancel', () => ended.abort(), { signal });
  };
}

function start(text: string, name: string, x: number, y: number, page: Document): Promise<string> {
  const mimeData = new MimeData();
  mimeData.setData('text/plain', text);
  mimeData.setData(CELLS, [
    { cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source: text }
  ]);
  const dragImage = page.createElement('div');
  dragImage.className = 'jp-Dh-drag';
  dragImage.textContent = name;
  const drag = new Drag({
    document: page,
    dragImage,
    mimeData,
    proposedAction: 'copy',
    supportedActions: 'copy'
  });
  return drag.start(x, y);
}
