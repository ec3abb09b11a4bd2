import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { ROOT } from '../../support/files';

export const KUBERNETES = path.join(ROOT, 'deploy', 'kubernetes');
export const PRODUCTION = path.join(KUBERNETES, 'overlays', 'production');

/** An object of the manifests, as far as all have it. */
const ResourceSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
export type Resource = z.infer<typeof ResourceSchema>;

// What of kustomize is used here, and therefore carried out by `build`. Anything else is refused.
const KustomizationSchema = z.strictObject({
  apiVersion: z.string(),
  kind: z.enum(['Kustomization', 'Component']),
  namespace: z.string().optional(),
  resources: z.array(z.string()).default([]),
  components: z.array(z.string()).default([]),
  patches: z.array(z.strictObject({ path: z.string() })).default([]),
  images: z
    .array(z.strictObject({ name: z.string(), newName: z.string(), newTag: z.coerce.string() }))
    .default([]),
});
export type Kustomization = z.infer<typeof KustomizationSchema>;

export function documentsOf(file: string): unknown[] {
  return parseAllDocuments(readFileSync(file, 'utf8'), { merge: true }).map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    const value: unknown = document.toJS();
    return value;
  });
}

export function kustomizationOf(folder: string): Kustomization {
  return KustomizationSchema.parse(documentsOf(path.join(folder, 'kustomization.yaml'))[0]);
}

/** Every folder below with a kustomization. */
export function kustomizedFolders(folder = KUBERNETES): string[] {
  const below = readdirSync(folder)
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isDirectory())
    .flatMap((file) => kustomizedFolders(file));
  return existsSync(path.join(folder, 'kustomization.yaml')) ? [folder, ...below] : below;
}

/** What `kubectl kustomize` would print for a folder that uses no more than the schema above has. */
export function build(folder: string): Resource[] {
  const kustomization = kustomizationOf(folder);
  let resources = kustomization.resources.flatMap((entry) => {
    const file = path.join(folder, entry);
    return statSync(file).isDirectory()
      ? build(file)
      : documentsOf(file).map((value) => ResourceSchema.parse(value));
  });
  const { namespace } = kustomization;
  if (namespace !== undefined) resources = resources.map((each) => inNamespace(each, namespace));
  for (const { path: file } of kustomization.patches) {
    for (const patch of documentsOf(path.join(folder, file)))
      resources = patched(resources, ResourceSchema.parse(patch));
  }
  const components = kustomization.components.map((entry) => kustomizationOf(path.join(folder, entry)));
  const images = [kustomization, ...components].flatMap((each) => each.images);
  return resources.map((each) => ResourceSchema.parse(withImages(each, images)));
}

function inNamespace(resource: Resource, namespace: string): Resource {
  if (resource.kind === 'Namespace') return resource;
  return { ...resource, metadata: { ...resource.metadata, namespace } };
}

function patched(resources: Resource[], patch: Resource): Resource[] {
  const isMeant = (each: Resource): boolean =>
    each.kind === patch.kind &&
    each.apiVersion === patch.apiVersion &&
    each.metadata.name === patch.metadata.name &&
    each.metadata.namespace === patch.metadata.namespace;
  if (!resources.some(isMeant)) throw new Error(`The patch of ${nameOf(patch)} meets nothing`);
  // Kustomize merges some lists of Deployments and their like by key; ours has no need of it.
  if (patch.apiVersion === 'apps/v1')
    throw new Error(`${nameOf(patch)}: merging by key is not carried out here`);
  return resources.map((each) => (isMeant(each) ? ResourceSchema.parse(merged(each, patch)) : each));
}

function merged(into: unknown, from: unknown): unknown {
  if (!isRecord(into) || !isRecord(from)) return from;
  const all = { ...into };
  for (const [key, value] of Object.entries(from)) all[key] = merged(into[key], value);
  return all;
}

function withImages(value: unknown, images: Kustomization['images']): unknown {
  if (Array.isArray(value)) return value.map((each) => withImages(each, images));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const image = key === 'image' ? images.find(({ name }) => name === inner) : undefined;
      return [key, image === undefined ? withImages(inner, images) : `${image.newName}:${image.newTag}`];
    }),
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const nameOf = ({ kind, metadata }: Resource): string => `${kind} ${metadata.name}`;
