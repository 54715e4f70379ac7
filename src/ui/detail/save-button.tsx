/** Saves the copy that is looked at, one of its streams, or a folder with all that is shown in it. */
import type { FileDetail } from '../../engine/api.ts';
import { lastName } from '../../store/paths.ts';
import { useApp, useText } from '../context.ts';
import { IconButton } from '../widgets/controls.tsx';

interface SaveButtonProps {
  file: FileDetail;
  layer: string | null;
  /** Empty for the unnamed stream. */
  stream: string;
  size: number;
}

export function SaveButton({ file, layer, stream, size }: SaveButtonProps) {
  const { saving } = useApp();
  const t = useText();
  const name = lastName(file.path);
  const version = file.versions.find((v) => v.layer === layer);
  const busy = saving.state.value !== null;
  if (file.row.directory && stream === '')
    return (
      <IconButton
        icon="save"
        label={t.saving.saveFolder}
        disabled={busy}
        onClick={() => void saving.folder(file.node, name.replace(/[\\/:]/g, ''))}
      />
    );
  if (layer === null || version === undefined || !version.present || version.reason === 'marker') return null;
  return (
    <IconButton
      icon="save"
      label={stream === '' ? t.saving.saveFile : t.saving.saveStream(stream)}
      disabled={busy}
      onClick={() => void saving.file(file.node, layer, stream, size, stream === '' ? name : `${name}.${stream}`)}
    />
  );
}
