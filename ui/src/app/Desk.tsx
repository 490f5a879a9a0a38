import { Outlet } from '@tanstack/react-router';

export function Desk() {
  return <Outlet />;
}
