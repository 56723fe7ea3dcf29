import { z } from 'zod';

/** A user as the outside sees it: the password hash never leaves the repository. */
export interface User {
  readonly id: number;
  readonly email: string;
  readonly name: string;
  readonly createdAt: string;
}

const name = z.string().trim().min(1).max(100);
const password = z.string().min(8).max(200);

export const Registration = z.object({ email: z.email(), name, password });
export const Profile = z.object({ name });
export const PasswordChange = z.object({ current: z.string(), next: password });
