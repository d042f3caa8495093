// Dragging files from outside into the page, as the system does it: the browser gets paths and makes the events itself.

/** Files on the pointer; `over`, `drop` and `leave` move them. */
export async function drag(page, files) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  const send = (type, { x, y }) => session.send('Input.dispatchDragEvent', { type, x, y, data });
  const middle = async (target) => {
    const { x, y, width, height } = await target.boundingBox();
    return { x: x + width / 2, y: y + height / 2 };
  };
  return {
    async over(target) {
      const at = await middle(target);
      await send('dragEnter', at);
      await send('dragOver', at);
    },
    async drop(target) {
      await send('drop', await middle(target));
      await session.detach();
    },
    /** Out of the window. The protocol has no word for it (its `dragCancel` is the source's end), so this is the browser's own event. */
    async leave(target) {
      await target.evaluate((element) => element.dispatchEvent(new DragEvent('dragleave', { bubbles: true, relatedTarget: null })));
      await session.detach();
    },
  };
}
