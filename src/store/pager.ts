/**
 * Fixed-height windowing without limit. Browsers clamp the height of an element (Chromium at 33.5 M px, Firefox at about
 * 17.9 M), so a list of more than 333,333 rows of 24 px stands on a spacer of 8 M px: small scrolls move 1:1 and the
 * native position is re-based page by page; a large jump (a drag of the thumb) maps the spacer to the whole list. Pure.
 */

export const MAX_SPACER = 8_000_000;

export class Pager {
  /** Height of all rows and of the spacer that stands for them, in px. */
  readonly total: number;
  readonly height: number;
  readonly viewport: number;
  readonly #pages: number;
  readonly #pageHeight: number;
  /** How much further a page begins in the list than on the spacer. */
  readonly #gain: number;
  #page = 0;
  #last = 0;
  /** Virtual position minus native position, in px. */
  offset = 0;

  constructor(total: number, viewport: number) {
    this.total = total;
    this.viewport = viewport;
    this.height = Math.min(total, MAX_SPACER);
    this.#pageHeight = this.height / 100;
    this.#pages = total > this.height ? Math.floor(total / this.#pageHeight) : 1;
    this.#gain = this.#pages > 1 ? (total - this.height) / (this.#pages - 1) : 0;
  }

  /** Native scroll position to the virtual one; `fix` is the native position to set when it was re-based, else null. */
  scrolled(position: number): { top: number; fix: number | null } {
    let native = position;
    let fix: number | null = null;
    if (this.#gain > 0) {
      if (Math.abs(native - this.#last) < this.viewport * 2) {
        const page = this.#clamp((native + this.offset) / this.#pageHeight);
        if (page !== this.#page) {
          const before = this.offset;
          this.#turn(page);
          native = native + before - this.offset;
          fix = native;
        }
      } else {
        const scale = (this.total - this.viewport) / (this.height - this.viewport);
        this.#turn(this.#clamp((native * scale) / this.#pageHeight));
      }
    }
    this.#last = native;
    return { top: native + this.offset, fix };
  }

  /** Native position that shows the virtual `top`. */
  seek(top: number): number {
    const bounded = Math.max(0, Math.min(top, this.total - this.viewport));
    if (this.#gain > 0) this.#turn(this.#clamp(bounded / this.#pageHeight));
    this.#last = bounded - this.offset;
    return this.#last;
  }

  #clamp(page: number): number {
    return Math.max(0, Math.min(this.#pages - 1, Math.floor(page)));
  }

  #turn(page: number): void {
    this.#page = page;
    this.offset = Math.round(page * this.#gain);
  }
}
