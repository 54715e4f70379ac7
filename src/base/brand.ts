/** Branded numbers: indices of different tables must not be mixed up, at no cost at run time. */
declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Reference to an item inside one mount, chosen by its format: MFT record number, dentry offset, cell offset. A value, never a handle. */
export type ItemRef = Brand<number, 'ItemRef'>;
