/** Hands a file to the browser's downloads; nothing goes over the network, a blob URL is a place in this tab. */
export function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // the download has its own reference by the next turn of the loop
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
