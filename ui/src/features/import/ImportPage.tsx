export function ImportPage() {
  return <h1>Bring clients in</h1>;
}
