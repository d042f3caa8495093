// The clipboard, filled in another page as another program does it, and pasted by the keys.

/** Copies everything a page of this HTML shows; what is pasted next is that. */
export async function copyFromElsewhere(context, html) {
  const other = await context.newPage();
  await other.setContent(html);
  await other.bringToFront();
  await other.keyboard.press('Control+a');
  await other.keyboard.press('Control+c');
  await other.close();
}

/** Pastes files into the element that has the focus: the clipboard of a browser without a desktop holds none. */
export async function pasteFiles(page, files) {
  await page.evaluate((wanted) => {
    const clipboardData = new DataTransfer();
    for (const { name, type, base64 } of wanted) {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      clipboardData.items.add(new File([bytes], name, { type }));
    }
    document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, files);
}
