/** See sources.mjs. */
export const fromSources: {
  readonly resolve: { readonly conditions: string[] };
  readonly ssr: { readonly resolve: { readonly conditions: string[] } };
};
