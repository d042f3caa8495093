// The page's part of docs/design/preview.md, played in the page: a frame, its port, and the files that it asks for.

/** Puts a preview frame into a page and waits until it listens. */
export async function openPreview(page) {
  await page.evaluate(() => {
    const named = (name) => document.querySelector(`meta[name="${name}"]`);
    const frame = document.createElement('iframe');
    frame.id = 'preview';
    frame.title = 'Aperçu';
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.style.cssText = 'position:fixed;inset:0;width:800px;height:600px;z-index:9';
    frame.src = named('sceau-frame-preview').content;
    const { port1: port, port2 } = new MessageChannel();
    const fetched = async ([url, integrity]) => (await fetch(url, { integrity })).arrayBuffer();
    const list = fetched([named('sceau-pdf').content, named('sceau-pdf').dataset.integrity])
      .then((bytes) => JSON.parse(new TextDecoder().decode(bytes)));
    const preview = { said: [], passPhrases: [], port, asked: [] };
    globalThis.preview = preview;
    const answers = {
      need: async ({ file }) => {
        preview.asked.push(file);
        const known = (await list)[file];
        // What is refused is not there.
        return known ? fetched(known).catch(() => null) : null;
      },
      password: async () => preview.passPhrases.shift() ?? null,
    };
    port.onmessage = async ({ data }) => {
      preview.said.push(data);
      if (data.kind in answers) port.postMessage({ kind: 'answer', id: data.id, value: await answers[data.kind](data) });
    };
    frame.onload = () => frame.contentWindow.postMessage(null, '*', [port2]);
    document.body.append(frame);
  });
  const said = (kinds) => page.waitForFunction((wanted) => {
    const { said: all, from = 0 } = globalThis.preview;
    return all.slice(from).find(({ kind }) => wanted.includes(kind));
  }, kinds).then((handle) => handle.jsonValue());
  await said(['ready']);
  const handle = await page.waitForSelector('#preview');
  return {
    frame: await handle.contentFrame(),
    /** Waits for a message of one of these kinds. */
    said,
    everything: () => page.evaluate(() => globalThis.preview.said),
    asked: () => page.evaluate(() => globalThis.preview.asked),
    tell: (message) => page.evaluate((it) => globalThis.preview.port.postMessage(it), message),
    /** What is said from now on. */
    forget: () => page.evaluate(() => { globalThis.preview.from = globalThis.preview.said.length; }),
    /** Shows a file; answers whether it was opened, or why not. */
    async show(bytes, passPhrases = []) {
      await this.forget();
      await page.evaluate(({ base64, phrases }) => {
        globalThis.preview.passPhrases = phrases;
        const { buffer } = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        const words = { page: 'Page {page} sur {pages}', image: 'Image', link: 'Lien' };
        globalThis.preview.port.postMessage({ kind: 'open', bytes: buffer, words, theme: 'light', language: 'fr' }, [buffer]);
      }, { base64: Buffer.from(bytes).toString('base64'), phrases: passPhrases });
      return said(['opened', 'failed']);
    },
  };
}
