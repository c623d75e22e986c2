// node publish.mjs FROM TO: packs every package below FROM and writes the registry's files to TO.
//
//   NAME/index.json                 all versions of a package, with the hashes of their tarballs
//   NAME/-/PACKAGE-VERSION.tgz
//
// Source: npm, docs/REGISTRY-API.md and docs/responses/package-metadata.md of npm/registry.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const REGISTRY = "http://packages.lab/npm";
const [from, to] = process.argv.slice(2);

const manifests = new Map();
const folders = readdirSync(from).map((folder) => `./${join(from, folder)}`);
for (const folder of folders) {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json")));
  manifests.set(`${manifest.name}@${manifest.version}`, manifest);
}
const packed = mkdtempSync("/tmp/packed-");
const npm = ["pack", "--json", "--pack-destination", packed, ...folders];
// With a prepack script, npm prints more than the JSON that was asked for.
const printed = execFileSync("npm", npm, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
const made = JSON.parse(printed.slice(printed.indexOf("[")));

const index = new Map();
for (const { id, name, version, filename, integrity, shasum, unpackedSize } of made) {
  const file = `${name.split("/").pop()}-${version}.tgz`;
  mkdirSync(join(to, name, "-"), { recursive: true });
  renameSync(join(packed, filename), join(to, name, "-", file));
  const dist = { tarball: `${REGISTRY}/${name}/-/${file}`, integrity, shasum, unpackedSize };
  const versions = index.get(name) ?? {};
  versions[version] = { ...manifests.get(id), _id: id, dist };
  index.set(name, versions);
}
for (const [name, versions] of index) {
  const latest = Object.keys(versions).sort().at(-1);
  const metadata = { _id: name, name, "dist-tags": { latest }, versions };
  writeFileSync(join(to, name, "index.json"), JSON.stringify(metadata, null, 1));
}
