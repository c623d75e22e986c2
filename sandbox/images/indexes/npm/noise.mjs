// node noise.mjs FILE BYTES: fills a file with bytes that no archive makes smaller, always the
// same ones. They stand for the pictures and measurements of real packages: what makes a
// download worth avoiding.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";

const [file, bytes] = process.argv.slice(2);
const noise = createHash("shake256", { outputLength: Number(bytes) }).update(file).digest();
writeFileSync(file, noise);
