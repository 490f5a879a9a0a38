// Draws every size of the application icon from app.svg:  node icons/generate.mjs
// PNG by resvg (a development dependency of ui/); ICO and ICNS are containers of the same PNGs.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const { Resvg } = createRequire(join(here, '../ui/package.json'))('@resvg/resvg-js');
const drawing = readFileSync(join(here, 'app.svg'), 'utf8');

const png = (edge) => new Resvg(drawing, { fitTo: { mode: 'width', value: edge } }).render().asPng();

// Microsoft's ICO: a directory of 16-byte entries, then the images; an edge of 256 is written as 0.
function ico(edges) {
  const images = edges.map((edge) => ({ edge, bytes: png(edge) }));
  const head = Buffer.alloc(6 + 16 * images.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(images.length, 4);
  let offset = head.length;
  images.forEach(({ edge, bytes }, index) => {
    const at = 6 + 16 * index;
    head.writeUInt8(edge % 256, at);
    head.writeUInt8(edge % 256, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(bytes.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += bytes.length;
  });
  return Buffer.concat([head, ...images.map(({ bytes }) => bytes)]);
}

// Apple's ICNS: `icns`, total length, then blocks of type, length, PNG.
function icns(blocks) {
  const parts = blocks.map(([type, edge]) => {
    const bytes = png(edge);
    const head = Buffer.alloc(8);
    head.write(type, 'latin1');
    head.writeUInt32BE(bytes.length + 8, 4);
    return Buffer.concat([head, bytes]);
  });
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.write('icns', 'latin1');
  head.writeUInt32BE(body.length + 8, 4);
  return Buffer.concat([head, body]);
}

const write = (name, bytes) => writeFileSync(join(here, name), bytes);

for (const edge of [16, 24, 32, 48, 64, 128, 256, 512, 1024]) write(`${edge}x${edge}.png`, png(edge));
write('128x128@2x.png', png(256));
write('icon.png', png(512));
write('icon.ico', ico([16, 24, 32, 48, 64, 256]));
write(
  'icon.icns',
  icns([
    ['icp4', 16],
    ['icp5', 32],
    ['ic11', 32],
    ['ic12', 64],
    ['ic07', 128],
    ['ic13', 256],
    ['ic08', 256],
    ['ic14', 512],
    ['ic09', 512],
    ['ic10', 1024],
  ]),
);
