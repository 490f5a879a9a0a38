interface MarkProps {
  readonly size: number;
}

/** The mark: two people and the space between them. Same geometry as icons/mark.svg, in the ink of its place. */
export function Mark({ size }: MarkProps) {
  return (
    <svg width={size} height={size} viewBox="0 0 64 64" fill="none" aria-hidden="true" focusable="false">
      <circle cx="24" cy="11.5" r="5.5" fill="currentColor" />
      <path d="M21 22C13.5 27 10 33 10 39.5c0 6 3 11 8.5 15" stroke="currentColor" strokeWidth="7" strokeLinecap="round" />
      <circle cx="42.5" cy="18.5" r="4.75" fill="var(--ochre-mark)" />
      <path d="M46 28c5.5 3.8 8 8.3 8 13.5 0 5-2.3 9.2-6.5 13" stroke="var(--ochre-mark)" strokeWidth="6.5" strokeLinecap="round" />
    </svg>
  );
}
