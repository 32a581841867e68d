/** What the indexing worker is told and what it answers. */
import type { SplitFileSearch } from '../splitfiles';
import type { IndexTables } from './tables';

/** Handed to the worker as its `workerData`: where the module's debugging information is. */
export interface IndexRequest {
  /** The file that has .debug_info. */
  readonly path: string;
  /** dwz's supplementary file. */
  readonly alternatePath: string | undefined;
  /** Where .dwo and .dwp files are looked for; mappings of paths stay behind, as functions do. */
  readonly split: Omit<SplitFileSearch, 'mapPath'>;
  /** Where the result is kept; undefined: nowhere. */
  readonly cacheKey: string | undefined;
}

export type IndexMessage =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'tables'; readonly tables: IndexTables }
  | { readonly kind: 'failed'; readonly reason: string };
