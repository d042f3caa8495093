// Small images of every kind, whole and lying about their size.

import { crc32, deflateSync } from 'node:zlib';

/** A PNG of one colour; `claimed` is what its header says instead. */
export function png(width, height, claimed = [width, height]) {
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(claimed[0], 0);
  head.writeUInt32BE(claimed[1], 4);
  head.set([8, 0, 0, 0, 0], 8);
  const rows = Buffer.alloc(height * (width + 1), 0x80);
  for (let row = 0; row < height; row += 1) rows[row * (width + 1)] = 0;
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

/** A BMP of 24 bits, all black. */
export function bmp(width, height) {
  const data = Buffer.alloc(54 + Math.ceil((width * 3) / 4) * 4 * height);
  data.write('BM');
  data.writeUInt32LE(data.length, 2);
  data.writeUInt32LE(54, 10);
  data.writeUInt32LE(40, 14);
  data.writeInt32LE(width, 18);
  // Lines downwards.
  data.writeInt32LE(-height, 22);
  data.writeUInt16LE(1, 26);
  data.writeUInt16LE(24, 28);
  return data;
}

/** One pixel, as the formats' smallest files have it. */
export const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
export const WEBP = Buffer.from('UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA/vuUAAA=', 'base64');
/** 40 by 20 pixels, the left half red, the right half blue. */
export const JPEG_2000 = Buffer.from('AAAADGpQICANCocKAAAAFGZ0eXBqcDIgAAAAAGpwMiAAAAAtanAyaAAAABZpaGRyAAAAFAAAACgAAwcHAAAAAAAPY29scgEAAAAAABAAAAEFanAyY/9P/1EALwAAAAAAKAAAABQAAAAAAAAAAAAAACgAAAAUAAAAAAAAAAAAAwcBAQcBAQcBAf9SAAwAAAABAAQEBAAB/1wAEEBASEhQSEhQSEhQSEhQ/2QAJQABQ3JlYXRlZCBieSBPcGVuSlBFRyB2ZXJzaW9uIDIuNS40/5AACgAAAAAAgQAB/5PfgDgSKLqFK2jo34AYCI4P34A4EPxtClbPP8/AFA4KagmxgM/AFA0BzBNPx9oQABaUUDIjhHpPgMfaEAAVkZftLXsEv8/AJCc67BA07UyuX4DPwDAmjuoQQSLO2+AK9n/PwBRA4MYsvYDH2gwAQDTFP/9//9k=', 'base64');
export const WEBP_LOSSLESS = Buffer.from('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==', 'base64');
