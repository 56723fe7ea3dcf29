import { Router } from 'express';
import { HttpError } from '../errors.ts';
import { queueMail } from '../mails.ts';
import { parseId } from '../parse-id.ts';
import type { Stores } from '../stores.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { PasswordChange, Profile, Registration } from './user.ts';
import { cachedUser, cacheUser, forgetUser } from './user-cache.ts';
import { deleteUser, findPasswordHash, findUser, insertUser, renameUser, updatePasswordHash } from './user-repository.ts';

export function userRoutes({ db, redis }: Stores): Router {
  const routes = Router();

  routes.post('/users', async (request, response) => {
    const { password, ...fields } = Registration.parse(request.body);
    const user = await insertUser(db, { ...fields, passwordHash: await hashPassword(password) });
    await cacheUser(redis, user);
    await queueMail(redis, { to: user.email, template: 'welcome' });
    response.status(201).location(`/users/${user.id}`).json(user);
  });

  routes.get('/users/:id', async (request, response) => {
    const id = parseId(request.params);
    const cached = await cachedUser(redis, id);
    const user = cached ?? found(await findUser(db, id));
    if (!cached) await cacheUser(redis, user);
    response.json(user);
  });

  routes.patch('/users/:id', async (request, response) => {
    const id = parseId(request.params);
    const user = found(await renameUser(db, id, Profile.parse(request.body).name));
    await cacheUser(redis, user);
    response.json(user);
  });

  routes.put('/users/:id/password', async (request, response) => {
    const id = parseId(request.params);
    const { current, next } = PasswordChange.parse(request.body);
    const stored = found(await findPasswordHash(db, id));
    if (!(await verifyPassword(current, stored))) throw new HttpError(403, 'wrong_password', { current: 'is wrong' });
    await updatePasswordHash(db, id, await hashPassword(next));
    response.status(204).end();
  });

  routes.delete('/users/:id', async (request, response) => {
    const id = parseId(request.params);
    if (!(await deleteUser(db, id))) throw new HttpError(404, 'user_not_found');
    await forgetUser(redis, id);
    response.status(204).end();
  });

  return routes;
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new HttpError(404, 'user_not_found');
  return value;
}
