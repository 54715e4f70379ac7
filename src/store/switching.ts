/** Another volume of a layer's image, or another reading of the same one: the layer keeps its place, name, role and marks. */
import type { LayerInfo, LayerSpec, WorkspaceApi } from '../engine/api.ts';

export function createSwitching(
  api: Pick<WorkspaceApi, 'addLayer'>,
  layerOf: (id: string) => LayerInfo | undefined,
  failed: (error: unknown) => void,
) {
  async function instead({ id, image, mount }: LayerInfo, change: Partial<LayerSpec>): Promise<void> {
    try {
      await api.addLayer({ image, mount, role: null, name: null, replaces: id, ...change });
    } catch (error) {
      failed(error);
    }
  }
  return {
    async switchMount(id: string, mount: string): Promise<void> {
      const layer = layerOf(id);
      if (layer !== undefined && layer.mount !== mount) await instead(layer, { mount });
    },
    async switchStore(id: string, store: string | null): Promise<void> {
      const layer = layerOf(id);
      if (layer === undefined || (store === null ? !layer.storeChosen : layer.storeChosen && layer.store === store))
        return;
      await instead(layer, store === null ? {} : { store });
    },
  };
}
