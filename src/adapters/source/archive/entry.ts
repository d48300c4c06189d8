/** One entry of an archive, before anything is decided about it. */
export interface ArchiveEntry {
  /** As the archive has it, but for a leading `./` and a folder's trailing `/`. */
  name: string;
  kind: 'file' | 'folder' | 'link' | 'special';
  /** Bytes it unpacks to, as the archive claims. */
  size: number;
  executable: boolean;
  /** The content of a file: exactly `size` bytes. @throws Error when the archive lied or is damaged */
  read(): Promise<Buffer>;
}

/** A name as entries are compared: `./a/b/` is `a/b`. */
export function plainName(name: string): string {
  return name.replace(/^(\.\/+)+/, '').replace(/\/+$/, '');
}
