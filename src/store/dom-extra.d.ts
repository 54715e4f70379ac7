/** File System Access as Chromium has it; absent from TypeScript's own lib. Each use asks whether it is there. */
interface DataTransferItem {
  getAsFileSystemHandle(): Promise<FileSystemHandle | null>;
}
interface FileSystemDirectoryHandle {
  values(): AsyncIterableIterator<FileSystemHandle>;
}
interface FileSystemHandle {
  queryPermission(options: { mode: 'read' }): Promise<PermissionState>;
  requestPermission(options: { mode: 'read' }): Promise<PermissionState>;
}
interface FileSystemFileHandle {
  createWritable(): Promise<FileSystemWritableFileStream>;
}
interface Window {
  showSaveFilePicker?(options: { suggestedName?: string; id?: string }): Promise<FileSystemFileHandle>;
  showOpenFilePicker?(options: { multiple?: boolean; id?: string }): Promise<FileSystemFileHandle[]>;
  showDirectoryPicker?(options: { id?: string; mode?: 'read' }): Promise<FileSystemDirectoryHandle>;
}
