import type { LucideIcon } from 'lucide-react';

interface IconProps {
  readonly as: LucideIcon;
  /** Edge in CSS pixels at zoom 100 %. */
  readonly size?: 12 | 14 | 16 | 18 | 20 | 24;
  /** Only for an icon that stands without its word. */
  readonly label?: string;
}

/** One stroke for every icon: it thins with size so that 14 px and 24 px look drawn by one hand. */
export function Icon({ as: Drawing, size = 16, label }: IconProps) {
  const stroke = size <= 14 ? 2 : size <= 18 ? 1.8 : 1.6;
  // In rem, as everything else: icons grow with the zoom. By style, since WebKit takes no rem in an attribute of an SVG.
  const edge = `${size / 16}rem`;
  const style = { width: edge, height: edge };
  if (label === undefined) {
    return <Drawing size={size} style={style} strokeWidth={stroke} aria-hidden="true" focusable="false" />;
  }
  return <Drawing size={size} style={style} strokeWidth={stroke} role="img" aria-label={label} />;
}
