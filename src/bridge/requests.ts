/** The count of requests that went anywhere but to the page's own files: shown in the status bar, and zero. */

/** True when a resource is not the page's own: another origin, and neither a blob nor data made here. */
export function leavesOrigin(url: string, origin: string): boolean {
  if (/^(blob|data):/.test(url)) return false;
  try {
    return new URL(url, origin).origin !== origin;
  } catch {
    return true;
  }
}

/** Begins to count now; resources that were loaded before are counted as well. */
export function countRequests(): () => number {
  let left = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (leavesOrigin(entry.name, location.origin)) left++;
  });
  observer.observe({ type: 'resource', buffered: true });
  return () => left;
}
