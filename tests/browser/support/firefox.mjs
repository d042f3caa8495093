// Firefox as Debian has it, over WebDriver BiDi: what it lacks there (downloads, colour schemes) is tried in Chromium only.

import { firefox } from 'playwright-core';
import { environment } from './environment.mjs';

/** Opens it with a proxy for everything but this machine, and with its own log of what it asks the network for. */
export async function openFirefox({ proxy, log }) {
  const browser = await firefox.launch({
    channel: 'moz-firefox',
    executablePath: environment.firefox,
    firefoxUserPrefs: {
      'network.proxy.type': 1,
      'network.proxy.http': '127.0.0.1',
      'network.proxy.http_port': proxy,
      'network.proxy.ssl': '127.0.0.1',
      'network.proxy.ssl_port': proxy,
      'network.proxy.no_proxies_on': 'localhost, 127.0.0.1',
      'intl.accept_languages': 'fr-FR',
    },
    env: { ...process.env, MOZ_LOG: 'timestamp,nsHttp:3,nsHostResolver:5', MOZ_LOG_FILE: log },
  });
  const context = await browser.newContext({ locale: 'fr-FR', viewport: { width: 1280, height: 800 } });
  return { context, page: await context.newPage(), close: () => browser.close() };
}
